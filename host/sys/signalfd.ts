import { readdirSync, readFileSync } from 'node:fs';
import { addressOf } from './backend.js';
import { libc } from './calls.js';

const SFD_NONBLOCK = 0o4000;
const SFD_CLOEXEC = 0o2000000;
const SIG_BLOCK = 0;
const SIG_UNBLOCK = 1;

/** sigset_t of the C library: 1024 bits, of which the kernel has 64. */
const set = new BigUint64Array(16);

/** One bit for each signal: the least for 1. */
export function maskOf(signals: readonly number[]): bigint {
  return signals.reduce((mask, signal) => mask | (1n << BigInt(signal - 1)), 0n);
}

/** signalfd(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createSignalFd(mask: bigint): number {
  set[0] = mask;
  return libc.signalfd(-1, addressOf(set), SFD_NONBLOCK | SFD_CLOEXEC);
}

/** pthread_sigmask(3) for the calling thread. */
export function setBlocked(mask: bigint, block: boolean): void {
  set[0] = mask;
  libc.pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, addressOf(set), 0);
}

/** Which of these signals each thread blocks, by /proc/self/task/<thread>/status. */
export function blockedByThread(mask: bigint): { thread: number; blocked: bigint }[] {
  return readdirSync('/proc/self/task').flatMap((thread) => {
    try {
      const status = readFileSync(`/proc/self/task/${thread}/status`, 'utf8');
      const blocked = BigInt(`0x${/^SigBlk:\s*([0-9a-f]+)/m.exec(status)![1]}`);
      return [{ thread: Number(thread), blocked: blocked & mask }];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}
