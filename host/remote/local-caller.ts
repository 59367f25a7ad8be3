import type { MessagePort } from 'node:worker_threads';
import type { Caller } from './caller.js';
import {
  closedEndpointError,
  notCloneableError,
  queueFullError,
  wouldDeadlockError,
} from './remote-error.js';
import { transferListOf } from './transfer.js';

/** What the owner's own thread asks of the manager's side. */
export interface LocalService {
  readonly closed: boolean;
  enqueue(task: LocalTask): void;
  readonly queued: number;
  invoke(name: string, args: unknown[]): unknown;
  /** Calls a procedure whose result nobody waits for. */
  fire(name: string, args: unknown[]): void;
  kick(): void;
  stop(): void;
  share(capacity: number): MessagePort;
}

/** Something to be done in the next turn. */
export interface LocalTask {
  /** Whether a procedure was called. Must not throw. */
  run(): boolean;
  refuse(): void;
}

/**
 * The endpoint in the owner's own thread. Values are copied as they are between threads, so that a
 * call means the same wherever it is made.
 */
export class LocalCaller implements Caller {
  readonly #service: LocalService;
  readonly #capacity: number;
  #closed = false;

  constructor(service: LocalService, capacity: number) {
    this.#service = service;
    this.#capacity = capacity;
  }

  get closed(): boolean {
    return this.#closed || this.#service.closed;
  }

  async call(name: string, args: readonly unknown[]): Promise<unknown> {
    const copies = this.#admit(name, args);
    return new Promise((resolve, reject) => {
      this.#service.enqueue({
        run: () => {
          this.#run(name, copies).then(resolve, reject);
          return true;
        },
        refuse: () => reject(closedEndpointError()),
      });
    });
  }

  callBlocking(name: string): never {
    throw wouldDeadlockError(name);
  }

  fire(name: string, args: readonly unknown[]): void {
    const copies = this.#admit(name, args);
    this.#service.enqueue({
      run: () => {
        this.#service.fire(name, copies);
        return true;
      },
      refuse: () => {},
    });
  }

  kick(): void {
    if (this.closed) throw closedEndpointError();
    this.#service.kick();
  }

  stop(): void {
    if (this.closed) throw closedEndpointError();
    const run = () => {
      this.#service.stop();
      return false;
    };
    this.#service.enqueue({ run, refuse: () => {} });
  }

  share(capacity: number): MessagePort {
    if (this.closed) throw closedEndpointError();
    return this.#service.share(capacity);
  }

  close(): void {
    this.#closed = true;
  }

  #admit(name: string, args: readonly unknown[]): unknown[] {
    if (this.closed) throw closedEndpointError();
    if (this.#service.queued >= this.#capacity) throw queueFullError(this.#capacity);
    return copy(args, transferListOf(args), `an argument of '${name}'`) as unknown[];
  }

  async #run(name: string, args: unknown[]): Promise<unknown> {
    const result = await this.#service.invoke(name, args);
    return copy(result, transferListOf([result]), 'the result');
  }
}

function copy(value: unknown, transfer: ReturnType<typeof transferListOf>, what: string): unknown {
  try {
    return structuredClone(value, { transfer: transfer as never });
  } catch (error) {
    throw notCloneableError(what, error);
  }
}
