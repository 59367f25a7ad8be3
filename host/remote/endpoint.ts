import { inspect } from 'node:util';
import { MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import {
  assertStackRoom,
  checkCount,
  checkDelay,
  checkFlag,
  checkOptions,
  checkTimeout,
  invalidType,
  outOfRange,
  printed,
} from '../contract/index.js';
import { CallQueue } from './call-queue.js';
import type { Caller } from './caller.js';
import type {
  ProcedureArguments,
  ProcedureName,
  ProcedureResult,
  Procedures,
} from './procedures.js';
import { RemoteCaller } from './remote-caller.js';
import { outOfReachError } from './remote-error.js';
import { checkGreeting, SharedState } from './shared-state.js';

/** Calls of one endpoint on their way at a time. */
export const CAPACITY_DEFAULT = 256;
const CAPACITY_MAX = 65_536;
/** What a procedure can be called with, and has stack left to run. */
const ARGUMENTS_MAX = 32_767;

export interface RemoteEndpointOptions {
  /**
   * How many calls may be on their way at a time, 1 to 65 536, rounded up to a power of two; more
   * are refused with ERR_QUEUE_FULL. Default 256. Each takes 264 bytes of shared memory.
   */
  capacity?: number;
}

/**
 * Calls what an event manager exposes, from its own thread or from any other.
 *
 * To give it to a Worker, post what `share` answers, and take it up there with `from`. Each thread
 * has an endpoint of its own, and any of them can be shared on.
 *
 * Procedures run on the owner's thread, in its turns, after the fds; those of one endpoint are
 * begun in the order of the calls. One that returns a promise holds up none of the calls behind it:
 * to have them one after the other, wait for each answer before the next call. Arguments and
 * results are copied by structured clone, or moved (`transfer`).
 * The owner may be blocked in `run` or attached to Node's loop; only a promise that a procedure
 * returns needs Node's loop to settle, and so has to wait until a blocking `run` is over.
 *
 * All methods throw (`call` rejects with) ERR_CLOSED once the manager or the endpoint is closed,
 * ERR_QUEUE_FULL, and ERR_NOT_CLONEABLE for arguments that can't be sent. A procedure takes 32 767
 * arguments at the most. Its error arrives with its class, as far as that is one of JavaScript's or
 * this library's, its `code`, `cause` and `errors`, and with `remoteStack`.
 *
 * @example
 * // the owner
 * const procedures = { add: (_ops: SubscriberOps, a: number, b: number) => a + b };
 * manager.expose(procedures);
 * const port = manager.remoteEndpoint().share();
 * new Worker(file, { workerData: port, transferList: [port] });
 * manager.runForever();
 *
 * // the worker
 * const endpoint = RemoteEndpoint.from<typeof procedures>(workerData);
 * endpoint.callBlocking('add', [1, 2], { timeout: 1_000 }); // 3
 */
export class RemoteEndpoint<P extends Procedures = Procedures> implements Disposable {
  readonly #caller: Caller;
  readonly #capacity: number;
  /**
   * A clone of an endpoint would be an empty object. This makes cloning fail, with the source of
   * the function in the message of the DataCloneError.
   *
   * @internal
   */
  readonly cloneable = () => 'post what endpoint.share() answers instead of the endpoint';

  /** @internal */
  constructor(caller: Caller, capacity: number) {
    this.#caller = caller;
    this.#capacity = capacity;
  }

  /**
   * Takes up an endpoint in the thread that its port was posted to. Once for each port. Keep it
   * for as long as it is used, and `close` it: one that is collected unclosed costs the manager's
   * thread memory until this thread ends, of which a warning tells (`FdLeakWarning`).
   *
   * @throws ERR_INVALID_ENDPOINT for a port from elsewhere, or one taken up before;
   * ERR_UNSUPPORTED_PLATFORM in another thread, for a manager with `syscalls` of its own whose fds
   * are not the process's, such as `SimulatedSyscalls`
   */
  static from<P extends Procedures = Procedures>(port: MessagePort): RemoteEndpoint<P> {
    assertStackRoom();
    if (!(port instanceof MessagePort)) {
      throw invalidType('What an endpoint is made of', 'the port that `share` answers', port);
    }
    const { shared, queue } = checkGreeting(receiveMessageOnPort(port)?.message);
    const state = new SharedState(shared);
    if (!state.inReach) throw outOfReachError();
    const calls = new CallQueue(queue);
    const caller = new RemoteCaller(port, state, calls);
    const endpoint = new RemoteEndpoint<P>(caller, calls.capacity);
    caller.ownedBy(endpoint);
    return endpoint;
  }

  get closed(): boolean {
    return this.#caller.closed;
  }

  /**
   * Calls a procedure, and promises its result. From the owner's own thread too: it runs in the
   * next turn. In any other thread it keeps the event loop alive until it is answered.
   *
   * @returns a promise; it rejects with what the procedure threw, ERR_UNKNOWN_PROCEDURE,
   * ERR_NOT_CLONEABLE for a result that can't be sent, or what stands at the class
   */
  call<N extends ProcedureName<P>>(
    name: N,
    ...args: ProcedureArguments<P[N]>
  ): Promise<ProcedureResult<P[N]>> {
    // Here: a promise that is rejected at the end of the stack has Node complain.
    assertStackRoom();
    return this.#call(name, args) as Promise<ProcedureResult<P[N]>>;
  }

  /**
   * Calls a procedure, and blocks this thread until it is answered. `timeout` in milliseconds;
   * without one it waits for as long as the owner's thread lives. Nobody notices when the procedure
   * in turn waits for this thread: give a timeout where that could be.
   *
   * @throws ERR_TIMED_OUT (a `RemoteTimeoutError`): its `started` tells whether the procedure had
   * been begun; if not, it never will be. ERR_WOULD_DEADLOCK from the owner's own thread; else as
   * `call`
   */
  callBlocking<N extends ProcedureName<P>>(
    name: N,
    args: ProcedureArguments<P[N]>,
    options: { timeout?: number } = {},
  ): ProcedureResult<P[N]> {
    assertStackRoom();
    if (!Array.isArray(args)) throw invalidType('The arguments', 'an array', args);
    checkCall(name, args);
    checkOptions('callBlocking', options, { timeout: true });
    const timeoutMs = checkTimeout(options.timeout);
    return this.#caller.callBlocking(name, args, timeoutMs) as ProcedureResult<P[N]>;
  }

  /**
   * Calls a procedure without waiting for it. What it throws is dealt with in the owner's thread,
   * as a handler's error is. A full queue and the like are thrown here.
   */
  fire<N extends ProcedureName<P>>(name: N, ...args: ProcedureArguments<P[N]>): void {
    assertStackRoom();
    checkCall(name, args);
    this.#caller.fire(name, args);
  }

  /** Ends the owner's present wait: its `run` returns. Several kicks may end the same one. */
  kick(): void {
    assertStackRoom();
    this.#caller.kick();
  }

  /** Ends the owner's `runForever`, after the turn in which this arrives. */
  stop(): void {
    assertStackRoom();
    this.#caller.stop();
  }

  /**
   * One more way to the same manager, to be posted to another thread, with itself in the transfer
   * list, and taken up there by `RemoteEndpoint.from`. A turn in which calls come looks at each way
   * that there is, some 30 ns each; one without calls looks at none.
   *
   * @example
   * const port = endpoint.share();
   * worker.postMessage({ port }, [port]);
   */
  share(options: RemoteEndpointOptions = {}): MessagePort {
    assertStackRoom();
    checkOptions('share', options, { capacity: true });
    return this.#caller.share(checkCapacityOption(options.capacity ?? this.#capacity));
  }

  /** One more endpoint for this thread, with a queue of its own. */
  clone(options: RemoteEndpointOptions = {}): RemoteEndpoint<P> {
    return RemoteEndpoint.from<P>(this.share(options));
  }

  /** Rejects what is pending with ERR_CLOSED. What was fired is done all the same. Idempotent. */
  close(): void;
  /**
   * Waits first: for the answers to its calls, and, in the owner's thread, for the answers to all
   * calls, and until every other thread has closed its endpoints, or has ended. Calls are taken
   * meanwhile, so that each caller can be told to end. Turns are made by `attach`.
   *
   * @throws ERR_TIMED_OUT, by rejection, when that took longer; then it is still open
   *
   * @example
   * jobs.end(); // from now on `next` returns undefined, and each worker closes its endpoint
   * await manager.remoteEndpoint().close({ drain: true, timeoutMs: 5_000 });
   * manager.close();
   */
  close(options: { drain: true; timeoutMs?: number }): Promise<void>;
  close(options?: { drain: true; timeoutMs?: number }): void | Promise<void> {
    assertStackRoom();
    if (options !== undefined) checkOptions('close', options, { drain: true, timeoutMs: true });
    if (checkFlag('drain', options?.drain)) return this.#drain(checkDelay(options?.timeoutMs));
    this.#caller.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    const state = this.closed ? 'closed' : 'open';
    return printed('RemoteEndpoint', state, `capacity: ${this.#capacity}`);
  }

  async #drain(timeoutMs: number | undefined): Promise<void> {
    await this.#caller.drained(timeoutMs);
    this.#caller.close();
  }

  async #call(name: string, args: readonly unknown[]): Promise<unknown> {
    checkCall(name, args);
    return this.#caller.call(name, args);
  }
}

function checkCall(name: unknown, args: readonly unknown[]): void {
  if (typeof name !== 'string') throw invalidType('The name of a procedure', 'a string', name);
  if (args.length <= ARGUMENTS_MAX) return;
  throw outOfRange(
    'The number of arguments',
    `${ARGUMENTS_MAX} at the most (pass an array as one argument)`,
    args.length,
  );
}

export function checkCapacityOption(capacity: unknown): number {
  return checkCount('capacity', capacity, 1, CAPACITY_MAX);
}
