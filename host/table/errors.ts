import { EventManagerError } from '../contract/index.js';
import { EINVAL } from '../sys/index.js';

/** The refusals that need more to be said than a status. */

export function ownInstance(fd: number): EventManagerError {
  return new EventManagerError(
    'ERR_NESTING_TOO_DEEP',
    `fd ${fd} is this manager's own epoll instance, which can't watch itself`,
    { fd },
  );
}

export function exclusiveInstance(fd: number): EventManagerError {
  return new EventManagerError(
    'ERR_INVALID_INTEREST',
    `fd ${fd} is an epoll instance, which can't be watched with EXCLUSIVE`,
    { fd, errno: -EINVAL, syscall: 'epoll_ctl' },
  );
}

export function outOfMemory(what: string): EventManagerError {
  const message = `no room for ${what} in Wasm memory: raise \`memoryMax\``;
  return new EventManagerError('ERR_OUT_OF_MEMORY', message);
}

export function sharedLevel(fd: number): EventManagerError {
  return new EventManagerError(
    'ERR_INVALID_INTEREST',
    `fd ${fd} is shared, and who shares it is served one after the other: add a dup of it, which ` +
      'can have a priority of its own',
    { fd },
  );
}
