/** 4 KB: more than any step of a clock takes, its handlers' own needs aside. */
const ROOM: readonly unknown[] = new Array(512).fill(0);

/**
 * Throws now, before anything has changed, where the stack would be used up in the middle of what
 * comes next. Arguments take their room on the stack whether or not the code is optimized.
 *
 * @throws RangeError
 */
export function assertStack(): void {
  Reflect.apply(nothing, undefined, ROOM);
}

function nothing(): void {}
