import { invalidType, outOfRange } from './errors.js';
import { INT32_MAX } from './numbers.js';

/** Anything that wraps a file descriptor: a number, or an object with a numeric `fd`. */
export type FdSource = number | { readonly fd: number };

/** The number of a fd, or of what wraps one: an integer from 0 to 2³¹−1. */
export function fdOf(source: FdSource): number {
  const fd = typeof source === 'object' && source !== null ? source.fd : source;
  if (typeof fd !== 'number') {
    const expected = `a number, or an object with a numeric \`fd\`${insteadOf(source)}`;
    throw invalidType('A fd', expected, source);
  }
  if (!Number.isInteger(fd) || fd < 0 || fd > INT32_MAX) {
    throw outOfRange('A fd', 'an integer from 0 to 2³¹−1 (is its source closed?)', fd);
  }
  return fd;
}

/** What does the work of an object of Node's that looks as if it had a fd. */
function insteadOf(source: unknown): string {
  const { pid, listen, readable } = Object(source) as Record<string, unknown>;
  if (typeof pid === 'number') return ' (a child has none: watch `new PidFd(child.pid)`)';
  if (typeof listen === 'function') {
    return " (Node keeps a server's for itself: use `TcpListener` or `UnixListener`)";
  }
  if (readable === undefined) return '';
  return ' (Node reads its streams itself: use `TcpStream`, or a `pipe()` as `stdio` of a child)';
}
