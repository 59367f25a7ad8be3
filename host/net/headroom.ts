/** Words of stack for calls that are compiled by now, several times what the deepest needs. */
const WARM = zeros(1_536);
/** The same where V8 may still have to compile what is called, for which it wants some 50 KB. */
const COLD = zeros(8_192);

/**
 * Sees to it that the stack has room for what is about to happen, so that a caller who has used it
 * up gets his RangeError before anything has changed: not when a socket has left its manager, and
 * its fd isn't closed yet. Takes half a microsecond, which is for calls that come once.
 *
 * @throws RangeError
 */
export function assertHeadroom(): void {
  nothing.apply(undefined, WARM as []);
}

/** For what takes several steps and gives them back where one fails: takes four microseconds. */
export function assertWideHeadroom(): void {
  nothing.apply(undefined, COLD as []);
}

function nothing(): void {}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
