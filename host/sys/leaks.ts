const collected = new FinalizationRegistry(warn);
/** The kinds that were told of: where there is one leak there are often thousands. */
const told = new Set<string>();

/** What an object owns: the fd that leaks when the object is collected; -1 while it owns none. */
export interface Lease {
  fd: number;
  readonly syscall: string;
  /** In place of a fd: what else it is, 'a remote endpoint' for one. */
  readonly name?: string;
}

/**
 * Until `forget`: when `owner` is collected, its fd has leaked, and that is told. The fd is entered
 * in the lease that this answers, unless it is there already: before it is made, all that can fail
 * has been done.
 */
export function watchOver(owner: object, syscall: string, fd = -1): Lease {
  const lease = { fd, syscall };
  collected.register(owner, lease, lease);
  return lease;
}

/** The same for what is no fd, and costs another thread something while it is open. */
export function watchOverNamed(owner: object, name: string): Lease {
  const lease = { fd: 0, syscall: name, name };
  collected.register(owner, lease, lease);
  return lease;
}

/** The fd was closed, or is somebody else's now. */
export function forget(lease: Lease): void {
  lease.fd = -1;
  collected.unregister(lease);
}

/**
 * What leaks stays open: someone may have kept its number, and go on using that. Closing it at a
 * time of the collector's choosing would break their program at random.
 */
function warn({ fd, syscall, name = `fd ${fd} (${syscall})` }: Lease): void {
  if (fd < 0 || told.has(syscall)) return;
  told.add(syscall);
  process.emitWarning(`${name} was never closed, and its object is gone`, {
    type: 'FdLeakWarning',
    code: 'FD_LEAK',
    detail:
      'Call `close()` on every manager, source and socket, or declare it with `using`. ' +
      'Others of this kind are not told of.',
  });
}
