const collected = new FinalizationRegistry(warn);
/** The kinds that were told of: where there is one leak there are often thousands. */
const told = new Set<string>();

/** Until `forget`: when `owner` is collected, its fd has leaked, and that is told. */
export function watchOver(owner: object, fd: number, syscall: string): void {
  collected.register(owner, { fd, syscall }, owner);
}

/** The fd was closed. */
export function forget(owner: object): void {
  collected.unregister(owner);
}

/**
 * The fd stays open: someone may have kept its number, and go on using that. Closing it at a time
 * of the collector's choosing would break their program at random.
 */
function warn({ fd, syscall }: { fd: number; syscall: string }): void {
  if (told.has(syscall)) return;
  told.add(syscall);
  process.emitWarning(`fd ${fd} (${syscall}) was never closed, and its object is gone`, {
    type: 'FdLeakWarning',
    code: 'FD_LEAK',
    detail:
      'Call `close()` on every source and socket, or declare it with `using`. ' +
      'Others of this kind are not told of.',
  });
}
