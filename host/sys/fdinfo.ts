import { readFileSync } from 'node:fs';
import type { EpollEntry } from './syscalls.js';

/**
 * proc_pid_fdinfo(5) of an epoll fd: its entries, of one number or of all; undefined where /proc
 * isn't mounted or can't be read. The time it takes grows with the number of entries.
 */
export function epollEntries(epfd: number, fd?: number): EpollEntry[] | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/self/fdinfo/${epfd}`, 'latin1');
  } catch {
    return undefined;
  }
  const number = fd === undefined ? '\\d+' : String(fd);
  const lines = text.matchAll(new RegExp(`^tfd:\\s+(${number})\\s.*?data:\\s+([0-9a-f]+)`, 'gm'));
  return Array.from(lines, ([, tfd, data]) => ({
    fd: Number(tfd),
    slot: Number.parseInt(data!.slice(-8), 16),
    generation: Number.parseInt(data!.slice(0, -8) || '0', 16),
  }));
}
