import type { SimulatedSyscalls, SyscallName } from 'wasm-event-manager/testing';

/** Has one system call fail, while one operation is done. */
export class Faults {
  /** Whether the call that was to fail has come up in this operation. */
  hit = false;
  #kernel: SimulatedSyscalls | undefined;

  arm(kernel: SimulatedSyscalls, name: SyscallName, errno: number, after: number): void {
    kernel.fail(name, errno, { after });
    this.#kernel = kernel;
  }

  /** After a call of the library: whether it was hit. */
  look(): void {
    if (!this.#kernel) return;
    this.hit = this.#kernel.clearFaults() === 0;
    this.#kernel = undefined;
  }

  /** The operation is over. */
  disarm(): void {
    this.look();
    this.hit = false;
  }
}
