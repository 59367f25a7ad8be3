import { isMainThread } from 'node:worker_threads';
import { libc } from './calls.js';
import { nodeEnvironment, symbolAddress } from './libc.js';

/** The fds that are closed when this worker ends; the main thread's end closes all by itself. */
const guarded = new Set<number>();
let environment = 0;
let closeAddress = 0;

/**
 * Has a fd that the library has made closed when this thread ends, in whatever way: Node-API calls
 * close(2) then, and no JavaScript has to run, which in a worker that is terminated couldn't.
 * Answers what it was given: a fd, or a negative errno.
 */
export function closedAtThreadEnd(fd: number): number {
  if (!isMainThread && fd >= 0) guard(fd);
  return fd;
}

/** The same of two fds at once: a pipe's, or a socket pair's. */
export function closedPairAtThreadEnd(fds: Int32Array): [number, number] {
  return [closedAtThreadEnd(fds[0]!), closedAtThreadEnd(fds[1]!)];
}

/** The fd is closed, or someone else's to close. */
export function letGoOf(fd: number): void {
  if (isMainThread || !guarded.delete(fd)) return;
  libc.napi_remove_env_cleanup_hook(environment, closeAddress, fd);
}

/** Node ends the process over a hook that is there already: where the fd was closed elsewhere. */
function guard(fd: number): void {
  if (guarded.has(fd)) return;
  environment ||= nodeEnvironment();
  closeAddress ||= symbolAddress('close');
  guarded.add(fd);
  libc.napi_add_env_cleanup_hook(environment, closeAddress, fd);
}
