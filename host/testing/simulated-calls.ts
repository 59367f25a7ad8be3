import { STATUS_ERRNO_MAX } from '../../assembly/abi.js';
import { checkCount, checkOptions, outOfRange } from '../contract/index.js';
import { EBADF } from '../sys/index.js';

/** A system call's name, as in `Syscalls`. */
export type SyscallName =
  | 'create'
  | 'ctl'
  | 'wait'
  | 'close'
  | 'read'
  | 'write'
  | 'createEventFd'
  | 'createTimerFd'
  | 'setTimerFd';

export interface FaultOptions {
  /** How many calls fail: 1 or more, `Infinity` for all of them. Default 1. */
  times?: number;
  /** How many calls that match it lets pass first, on to other faults if any. Default 0. */
  after?: number;
  /** Only calls about this fd: of `wait` the epoll fd, of `ctl` the one that is watched. */
  fd?: number;
  /** Only this operation of `ctl`: 1 ADD, 2 DEL, 3 MOD. */
  operation?: number;
}

/** One call that was made, with what it answered. */
export interface SyscallRecord {
  readonly name: SyscallName;
  readonly args: readonly number[];
  readonly result: number;
}

interface Fault {
  readonly name: SyscallName;
  readonly result: number | Error;
  readonly fd: number | undefined;
  readonly operation: number | undefined;
  times: number;
  after: number;
}

/** The calls that were made, and the failures of those to come. */
export class SimulatedCalls {
  /** Every call that was made. */
  readonly calls: SyscallRecord[] = [];
  #faults: Fault[] = [];

  /** Has calls answer an errno, or throw an error. */
  addFault(name: SyscallName, failure: number | Error, options: FaultOptions): void {
    checkOptions('fail', options, { times: true, after: true, fd: true, operation: true });
    const { times = 1, after = 0, fd, operation } = options;
    if (times !== Number.POSITIVE_INFINITY) checkCount('times', times, 1, Number.MAX_SAFE_INTEGER);
    checkCount('after', after, 0, Number.MAX_SAFE_INTEGER);
    const result = failure instanceof Error ? failure : -checkErrno(failure);
    this.#faults.push({ name, result, times, after, fd, operation });
  }

  /** Makes a call, unless it is to fail. One that fails does nothing, but for `close`. */
  make(name: SyscallName, args: number[], call: () => number): number {
    const about = name === 'ctl' ? args[2] : args[0];
    const fault = this.#take(name, about ?? -1, args[1]);
    if (fault instanceof Error) throw fault;
    const result = fault ?? call();
    if (fault !== undefined && name === 'close' && fault !== -EBADF) call();
    this.calls.push({ name, args, result });
    return result;
  }

  /** What a call is to answer; undefined when it is to go its way. */
  #take(name: SyscallName, fd: number, operation?: number): number | Error | undefined {
    let fault: Fault | undefined;
    for (const each of this.#faults) {
      if (!matches(each, name, fd, operation)) continue;
      if (each.after > 0) each.after -= 1;
      else fault ??= each;
    }
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times === 0) this.#faults = this.#faults.filter((each) => each !== fault);
    return fault.result;
  }
}

function matches(fault: Fault, name: SyscallName, fd: number, operation?: number): boolean {
  if (fault.name !== name || (fault.fd !== undefined && fault.fd !== fd)) return false;
  return fault.operation === undefined || fault.operation === operation;
}

function checkErrno(errno: number): number {
  if (Number.isInteger(errno) && errno > 0 && errno <= STATUS_ERRNO_MAX) return errno;
  throw outOfRange('errno', `a positive integer up to ${STATUS_ERRNO_MAX}`, errno);
}
