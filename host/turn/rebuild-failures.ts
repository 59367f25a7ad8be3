import { EventManagerError, FailureRun } from '../contract/index.js';

/** Attempts to replace the epoll instance that fail. */
export function rebuildFailures(): FailureRun {
  return new FailureRun((count, kind) => {
    const message = `the epoll instance was replaced, after ${count} attempts that failed`;
    return new EventManagerError('ERR_REBUILD_FAILED', `${message} (${kind})`);
  });
}
