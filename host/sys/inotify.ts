import { addressOf } from './backend.js';
import { libc } from './calls.js';

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

/** inotify_init1(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createInotify(): number {
  return libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

/** inotify_add_watch(2): a watch descriptor, or a negative errno. */
export function addWatch(fd: number, path: string, mask: number): number {
  const bytes = Buffer.from(`${path}\0`);
  return libc.inotify_add_watch(fd, addressOf(bytes), mask);
}

/** inotify_rm_watch(2): 0 or a negative errno. */
export function removeWatch(fd: number, watch: number): number {
  return libc.inotify_rm_watch(fd, watch);
}
