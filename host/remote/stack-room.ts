/** Frames of nine arguments: 4 KB and more, which is above what any step of a call takes. */
const FRAMES = 32;
/** Node makes a channel by several calls, and one that is half made ends the process. */
export const FRAMES_OF_CHANNEL = 48;

/**
 * Throws the RangeError of a full stack here, where nothing has been changed yet, rather than in
 * the middle of a call. What a stack that has room left calls of the user's own may still throw.
 */
export function assertStackRoom(frames: number = FRAMES): void {
  descend(frames, 0, 0, 0, 0, 0, 0, 0, 0);
}

function descend(
  left: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
  g: number,
  h: number,
): void {
  if (left > 0) descend(left - 1, b, c, d, e, f, g, h, a);
}
