import { EventManagerError, type Place, systemError } from '../contract/index.js';

/** What a system call answered, where that is no negative errno, which is thrown. */
export function checkResult(result: number, syscall: string, fd?: number, place?: Place): number {
  if (result < 0) throw systemError(result, syscall, fd, place);
  return result;
}

/** What is told at the end of a run of failures. */
export function recovered(what: string) {
  return (count: number, kind: string): EventManagerError =>
    new EventManagerError('ERR_RECOVERED', `${what} failed ${count} times in a row (${kind})`);
}
