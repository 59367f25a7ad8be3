import { existsSync, readlinkSync } from 'node:fs';

let own = 0;

/** The kernel's number for the calling thread: unique in the process while the thread lives. */
export function currentThread(): number {
  // A Worker keeps its thread for life. '<process>/task/<thread>'; no call of libc's tells it
  // before glibc 2.30.
  own ||= Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  return own;
}

/** Whether a thread of this process still runs. */
export function isThreadAlive(thread: number): boolean {
  return existsSync(`/proc/self/task/${thread}`);
}
