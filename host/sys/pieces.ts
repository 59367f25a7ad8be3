import { isMainThread } from 'node:worker_threads';

/** The longest wait that the kernel takes in one piece: 24.8 days, in milliseconds. */
const KERNEL_MAX_MS = 2 ** 31 - 1;
/**
 * The longest that a worker waits without coming up for air. V8 ends a thread between two calls,
 * and not in the middle of one: `terminate` and `process.exit` take as long as a piece at most. To
 * come up costs some 5 µs.
 */
const WORKER_MAX_MS = 50;

const PIECE_MAX_MS = isMainThread ? KERNEL_MAX_MS : WORKER_MAX_MS;
const ENDLESS_PIECE_MS = isMainThread ? -1 : WORKER_MAX_MS;

/** The first piece of a wait that is to take so long; a negative time has no end. */
export function pieceOf(leftMs: number): number {
  return leftMs < 0 ? ENDLESS_PIECE_MS : Math.min(leftMs, PIECE_MAX_MS);
}

/** Whether a wait of so long is done in one piece. */
export function isOnePiece(leftMs: number): boolean {
  return leftMs < 0 ? ENDLESS_PIECE_MS < 0 : leftMs <= PIECE_MAX_MS;
}

/** See `Syscalls.heedsSignals`. */
export function heedsSignals(): boolean {
  return process.eventNames().some((name) => typeof name === 'string' && name.startsWith('SIG'));
}
