const collected = new FinalizationRegistry(warn);
/** The kinds that were told of: where there is one leak there are often thousands. */
const told = new Set<string>();

/** What an object owns: the fd that leaks when the object is collected; -1 while it owns none. */
export interface Lease {
  fd: number;
  readonly syscall: string;
}

/**
 * Until `forget`: when `owner` is collected, its fd has leaked, and that is told. The fd is entered
 * in the lease that this answers: before it is made, all that can fail has been done.
 */
export function watchOver(owner: object, syscall: string): Lease {
  const lease = { fd: -1, syscall };
  collected.register(owner, lease, owner);
  return lease;
}

/** It was closed. */
export function forget(owner: object): void {
  collected.unregister(owner);
}

/**
 * What leaks stays open: someone may have kept its number, and go on using that. Closing it at a
 * time of the collector's choosing would break their program at random.
 */
function warn({ fd, syscall }: Lease): void {
  if (fd < 0 || told.has(syscall)) return;
  told.add(syscall);
  process.emitWarning(`fd ${fd} (${syscall}) was never closed, and its object is gone`, {
    type: 'FdLeakWarning',
    code: 'FD_LEAK',
    detail:
      'Call `close()` on every manager, source and socket, or declare it with `using`. ' +
      'Others of this kind are not told of.',
  });
}
