/** So many bytes of arguments, which take their room on the stack in optimized code, too. */
function bytes(count: number): readonly unknown[] {
  return new Array(count / 8).fill(0);
}

/** What is about to happen, by the stack that it takes at the most, handlers' own needs aside. */
const ROOM = {
  /** One step of what goes on all the time. Takes a quarter of a microsecond. */
  step: bytes(6_144),
  /** Several steps that belong together, with system calls. Takes half a microsecond. */
  steps: bytes(12_288),
  /** What V8 may have to compile first, for which it wants some 50 KB. Takes four microseconds. */
  making: bytes(65_536),
};

/**
 * Throws the RangeError of a full stack now, where nothing has been changed yet, rather than in the
 * middle of what comes next: not when a socket has left its manager, and its fd isn't closed.
 *
 * @throws RangeError
 */
export function assertStackRoom(before: keyof typeof ROOM = 'step'): void {
  Reflect.apply(nothing, undefined, ROOM[before]);
}

function nothing(): void {}
