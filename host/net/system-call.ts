import { systemError } from '../contract/index.js';

/** What a system call answered, where that is no negative errno. @throws ERR_SYSTEM */
export function checkResult(result: number, syscall: string, fd?: number): number {
  if (result < 0) throw systemError(result, syscall, fd);
  return result;
}
