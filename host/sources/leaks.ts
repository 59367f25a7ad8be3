import { readlinkSync } from 'node:fs';
import { close } from '../sys/files.js';

/** What is known of a fd whose object may be collected before it was closed. */
interface Trace {
  readonly fd: number;
  /** The system call that made it. */
  readonly syscall: string;
  /** Part of how /proc shows it. */
  readonly kind: string;
}

/** How /proc shows what each system call makes. */
const KINDS: Record<string, string> = {
  eventfd: 'anon_inode:[eventfd]',
  timerfd_create: 'anon_inode:[timerfd]',
  signalfd: 'anon_inode:[signalfd]',
  pidfd_open: '[pidfd]',
  inotify_init1: 'inotify',
  pipe2: 'pipe:[',
  socket: 'socket:[',
  accept4: 'socket:[',
  socketpair: 'socket:[',
};

const collected = new FinalizationRegistry(closeLeaked);

/** Until `forget`: when `owner` is collected, its fd is closed, with a warning. */
export function watchOver(owner: object, fd: number, syscall: string): void {
  const trace: Trace = { fd, syscall, kind: KINDS[syscall] ?? kindOf(fd) };
  collected.register(owner, trace, owner);
}

/** The fd was closed, so that its number is no concern of its owner's any more. */
export function forget(owner: object): void {
  collected.unregister(owner);
}

/**
 * Closing through the object forgets the trace first, so that what comes here was not closed that
 * way. Whoever closed the bare number behind the object's back may have given it to something
 * else: what is of another kind is left alone.
 */
function closeLeaked({ fd, syscall, kind }: Trace): void {
  const ours = kindOf(fd).includes(kind);
  if (ours) close(fd);
  const fate = ours ? 'it is closed now' : 'its number was closed elsewhere';
  process.emitWarning(`fd ${fd} (${syscall}) was never closed, and its object is gone: ${fate}`, {
    type: 'FdLeakWarning',
    code: 'FD_LEAK',
    detail: 'Call `close()` on every source and socket, or declare it with `using`.',
  });
}

function kindOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return 'closed';
  }
}
