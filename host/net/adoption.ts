import { EventManagerError } from '../contract/index.js';
import { getOption, SO_ACCEPTCONN, SO_TYPE, SOCK_STREAM, SOL_SOCKET } from '../sys/index.js';
import { checkResult } from './system-call.js';

/**
 * A socket that carries a stream of bytes. One of messages (SOCK_DGRAM, SOCK_SEQPACKET) may send an
 * empty one, which reads like the end; one that listens is never read from, and would be silent.
 *
 * @throws ERR_NOT_A_STREAM; ENOTSOCK, EBADF
 */
export function assertStream(fd: number): void {
  const type = checkResult(getOption(fd, SOL_SOCKET, SO_TYPE), 'getsockopt', fd);
  if (type !== SOCK_STREAM) throw noStream(fd, `carries messages (SO_TYPE ${type}), not a stream`);
  if (listens(fd)) throw noStream(fd, "listens (SO_ACCEPTCONN): give it to a listener's `adopt`");
}

/** @throws ERR_NOT_LISTENING; ENOTSOCK, EBADF */
export function assertListening(fd: number): void {
  if (listens(fd)) return;
  const message = `fd ${fd} does not listen: call listen(2), or give it to a stream's \`adopt\``;
  throw new EventManagerError('ERR_NOT_LISTENING', message, { fd });
}

function listens(fd: number): boolean {
  return checkResult(getOption(fd, SOL_SOCKET, SO_ACCEPTCONN), 'getsockopt', fd) !== 0;
}

function noStream(fd: number, why: string): EventManagerError {
  return new EventManagerError('ERR_NOT_A_STREAM', `fd ${fd} ${why}`, { fd });
}
