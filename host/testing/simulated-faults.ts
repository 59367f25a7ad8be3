/** A system call's name, as in `Syscalls`. */
export type SyscallName = 'create' | 'ctl' | 'wait' | 'close' | 'read' | 'write';

export interface FaultOptions {
  /** How many calls fail. Default 1. */
  times?: number;
  /** How many calls that match go well first. Default 0. */
  after?: number;
  /** Only calls about this fd. */
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

interface Fault extends FaultOptions {
  name: SyscallName;
  result: number | Error;
  times: number;
  after: number;
}

/** Failures to come, by order. */
export class SimulatedFaults {
  #faults: Fault[] = [];

  /** Has calls answer an errno, or throw an error. */
  add(name: SyscallName, failure: number | Error, options: FaultOptions): void {
    const result = typeof failure === 'number' ? -failure : failure;
    this.#faults.push({ times: 1, after: 0, ...options, name, result });
  }

  /** What a call is to answer; undefined when it is to go its way. */
  take(name: SyscallName, fd: number, operation?: number): number | Error | undefined {
    const fault = this.#faults.find(
      (each) =>
        each.name === name &&
        (each.fd === undefined || each.fd === fd) &&
        (each.operation === undefined || each.operation === operation),
    );
    if (!fault) return undefined;
    if (fault.after > 0) {
      fault.after -= 1;
      return undefined;
    }
    fault.times -= 1;
    if (fault.times === 0) this.#faults = this.#faults.filter((each) => each !== fault);
    return fault.result;
  }
}
