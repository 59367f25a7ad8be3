import type { MessagePort } from 'node:worker_threads';
import { type Drained, isThenable } from '../contract/index.js';
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
  /** Has a call run in the next turn. It is the service's until `settled`. */
  enqueue(task: LocalTask): void;
  settled(task: LocalTask): void;
  invoke(name: string, args: unknown[]): unknown;
  /** Calls a procedure whose result nobody waits for. */
  fire(name: string, args: unknown[]): void;
  kick(): void;
  stop(): void;
  share(capacity: number): MessagePort;
  /** Waits until every call is answered and every other endpoint closed. */
  readonly drained: Drained;
}

/** Something to be done in the next turn. */
export interface LocalTask {
  /** Whether a procedure was called. Must not throw. */
  run(): boolean;
  /** The manager, or the endpoint, is closed: rejects what waits for it. */
  refuse(): void;
}

/**
 * The endpoint in the owner's own thread. Values are copied as they are between threads, so that a
 * call means the same wherever it is made.
 */
export class LocalCaller implements Caller {
  readonly #service: LocalService;
  readonly #capacity: number;
  /** Calls that are on their way. */
  readonly #open = new Set<LocalTask>();
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
      const task = {
        run: () => {
          // Its endpoint was closed.
          if (!this.#open.has(task)) return false;
          this.#run(task, name, copies, { resolve, reject });
          return true;
        },
        refuse: () => reject(closedEndpointError(name)),
      };
      this.#enqueue(task);
    });
  }

  callBlocking(name: string): never {
    throw wouldDeadlockError(name);
  }

  fire(name: string, args: readonly unknown[]): void {
    const copies = this.#admit(name, args);
    this.#enqueueOnce(() => {
      this.#service.fire(name, copies);
      return true;
    });
  }

  kick(): void {
    if (this.closed) throw closedEndpointError();
    this.#service.kick();
  }

  stop(): void {
    this.#assertRoom();
    this.#enqueueOnce(() => {
      this.#service.stop();
      return false;
    });
  }

  share(capacity: number): MessagePort {
    if (this.closed) throw closedEndpointError();
    return this.#service.share(capacity);
  }

  async drained(timeoutMs: number | undefined): Promise<void> {
    if (!this.closed) await this.#service.drained.wait(timeoutMs);
  }

  close(): void {
    this.#closed = true;
    for (const task of this.#open) {
      task.refuse();
      this.#settled(task);
    }
  }

  #assertRoom(name?: string): void {
    if (this.closed) throw closedEndpointError(name);
    if (this.#open.size >= this.#capacity) throw queueFullError(this.#capacity);
  }

  #admit(name: string, args: readonly unknown[]): unknown[] {
    this.#assertRoom(name);
    const copies = copy(args, transferListOf(args), `an argument of '${name}'`) as unknown[];
    // A getter of an argument's may have called, or closed.
    this.#assertRoom(name);
    return copies;
  }

  #enqueue(task: LocalTask): void {
    this.#open.add(task);
    this.#service.enqueue(task);
  }

  /** For what nobody waits for: done all the same when the endpoint is closed meanwhile. */
  #enqueueOnce(run: () => boolean): void {
    const task = {
      run: () => {
        this.#settled(task);
        return run();
      },
      refuse: () => {},
    };
    this.#enqueue(task);
  }

  #settled(task: LocalTask): void {
    this.#open.delete(task);
    this.#service.settled(task);
  }

  #run(task: LocalTask, name: string, args: unknown[], promise: Settling): void {
    try {
      const result = this.#service.invoke(name, args);
      if (isThenable(result)) {
        this.#follow(task, result, promise);
        return;
      }
      promise.resolve(copyOfResult(result));
    } catch (error) {
      promise.reject(error);
    }
    this.#settled(task);
  }

  async #follow(
    task: LocalTask,
    result: PromiseLike<unknown>,
    { resolve, reject }: Settling,
  ): Promise<void> {
    try {
      resolve(copyOfResult(await result));
    } catch (error) {
      reject(error);
    }
    this.#settled(task);
  }
}

/** The means to settle a promise. */
interface Settling {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

function copyOfResult(result: unknown): unknown {
  return copy(result, transferListOf([result]), 'the result');
}

function copy(value: unknown, transfer: ReturnType<typeof transferListOf>, what: string): unknown {
  try {
    return structuredClone(value, { transfer: transfer as never });
  } catch (error) {
    throw notCloneableError(what, error);
  }
}
