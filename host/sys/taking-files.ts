import { readlinkSync } from 'node:fs';
import { addressOf } from './backend.js';
import { libc } from './calls.js';

const PROC_SUPER_MAGIC = 0x9fa0n;
const CGROUP2_SUPER_MAGIC = 0x63677270n;
/** struct statfs, of which the first 64 bits are the type. */
const statfs = new BigInt64Array(32);

/**
 * fstatfs(2): whether a fd may be of a file whose `poll` tells of an event once, to whoever asks
 * first: those of procfs (mounts, mountinfo, sys/…, pressure/…), and the pressure files of cgroups.
 */
export function pollTakesEvents(fd: number): boolean {
  if (libc.fstatfs(fd, addressOf(statfs)) < 0) return false;
  if (statfs[0] === PROC_SUPER_MAGIC) return true;
  return statfs[0] === CGROUP2_SUPER_MAGIC && pathOf(fd).endsWith('.pressure');
}

function pathOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}
