import type { Syscalls } from 'wasm-event-manager';
import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { createEventFd } from '../host/sys/eventfd.js';
import { duplicate } from '../host/sys/files.js';
import { Kernel } from '../host/sys/kernel.js';

/** A kernel with what the component's tests do to it from outside. */
export interface ComponentKernel {
  readonly syscalls: Syscalls;
  eventFd(initial: number): number;
  duplicate(fd: number): number;
  close(fd: number): void;
  /** Closes every fd that is left. */
  closeAll(): void;
}

/** Remembers what was opened, so that it can be closed. */
class Opened implements ComponentKernel {
  readonly syscalls: Syscalls;
  readonly #eventFd: (initial: number) => number;
  readonly #duplicate: (fd: number) => number;
  readonly #fds = new Set<number>();

  constructor(
    syscalls: Syscalls,
    eventFd: (initial: number) => number,
    duplicate: (fd: number) => number,
  ) {
    this.syscalls = syscalls;
    this.#eventFd = eventFd;
    this.#duplicate = duplicate;
  }

  eventFd(initial: number): number {
    return this.#open(this.#eventFd(initial));
  }

  duplicate(fd: number): number {
    return this.#open(this.#duplicate(fd));
  }

  close(fd: number): void {
    this.syscalls.close(fd);
    this.#fds.delete(fd);
  }

  closeAll(): void {
    for (const fd of this.#fds) this.close(fd);
  }

  #open(fd: number): number {
    if (fd < 0) throw new Error(`errno ${-fd}`);
    this.#fds.add(fd);
    return fd;
  }
}

function real(): ComponentKernel {
  return new Opened(new Kernel(), (initial) => createEventFd(initial, false), duplicate);
}

function simulated(): ComponentKernel {
  const kernel = new SimulatedSyscalls();
  return new Opened(
    kernel,
    (initial) => kernel.eventfd(initial),
    (fd) => kernel.dup(fd),
  );
}

export const kernels = [real, simulated];
