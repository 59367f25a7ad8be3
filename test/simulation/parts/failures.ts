import { SimulatedSyscalls, type SyscallName } from 'wasm-event-manager/testing';
import type { Kinds, Operation } from '../program.js';
import type { World } from '../world.js';
import { checkRegistrations } from './turns.js';

const EPERM = 1;
const ENOENT = 2;
const EINTR = 4;
const EBADF = 9;
const ENOMEM = 12;
const EFAULT = 14;
const EEXIST = 17;
const ENODEV = 19;
const EINVAL = 22;
const ENFILE = 23;
const EMFILE = 24;
const ENOSPC = 28;
const ELOOP = 40;

/** The errnos that the manual pages list of each call. */
const ERRNOS: Partial<Record<SyscallName, readonly number[]>> = {
  ctl: [ENOMEM, ENOSPC, ENOENT, EBADF, EPERM, EINVAL, EEXIST, ELOOP],
  wait: [EINTR, EBADF, EFAULT, EINVAL],
  create: [EMFILE, ENFILE, ENOMEM],
  createEventFd: [EMFILE, ENFILE, ENODEV, ENOMEM],
  createTimerFd: [EMFILE, ENFILE, ENODEV, ENOMEM, EPERM],
};
/** Each call with each of its errnos. */
const FAILURES: readonly (readonly [SyscallName, number])[] = Object.entries(ERRNOS).flatMap(
  ([name, errnos]) => errnos.map((errno) => [name as SyscallName, errno] as const),
);

/** Whether the kernel may have a failure for any fd. */
function isShortage(failure: number): boolean {
  return failure === ENOMEM || failure === ENOSPC;
}

/** System calls that fail: the k-th of a kind, within one operation. */
export const failures: Kinds<World> = {
  fail: {
    weight: 6,
    args: [FAILURES.length, 3],
    nested: 'one',
    outside: true,
    run: async (world, which: number, after: number, operations: never) => {
      const { syscalls } = world.kernel;
      const [operation] = operations as readonly Operation[];
      if (!(syscalls instanceof SimulatedSyscalls) || !operation) return;
      // One at a time. Where a promise has settled, onError alone tells of it.
      if (operation[0] === 'fail' || operation[0] === 'settle') return;
      const [name, failure] = FAILURES[which]!;
      // A wait that fails would be an uncaught exception.
      if (world.host && name === 'wait') return;
      if (name === 'ctl' && !isShortage(failure) && world.setting.lies !== 1) return;
      // Attached, a turn silences fds, and where it can't, they are told of again.
      if (operation[0] === 'turn' && name === 'ctl' && world.host) return;
      world.faults.arm(syscalls, name, failure, after);
      try {
        await world.perform(operation);
        world.faults.look();
        if (!world.faults.hit) return;
        world.takeEvictions();
        checkRegistrations(world);
        world.recover();
      } finally {
        world.faults.disarm();
      }
    },
  },
};
