import { checkTimeout, fdOf } from './checks.js';
import { invalidType } from './errors.js';
import type { EventSet } from './event-set.js';
import { Events, type FdSource } from './events.js';
import { Loop } from './loop.js';
import { type Metrics, readMetrics } from './metrics.js';
import { type EventManagerOptions, resolveOptions } from './options.js';
import { Registry } from './registry.js';
import type { Procedures, RemoteEndpoint, RemoteEndpointOptions } from './remote/index.js';
import { RemoteService } from './remote/service.js';
import { Roster } from './roster.js';
import type { EventOps, EventSubscriber, SubscriberId, SubscriberOps } from './subscriber.js';
import { unsupportedReason } from './sys/platform.js';

/** What the library's own parts, such as the clock and the bus, may reach of a manager. */
export interface Internals {
  readonly registry: Registry;
  readonly loop: Loop;
  /**
   * Watches a fd of the library's own, whose events count nowhere. Answers how to stop that.
   * `process` must not throw.
   */
  watchOwn(fd: number, set: EventSet, process: () => void): () => void;
  /** Calls `closer`, which must not throw, when the manager is closed, and before it is. */
  onClose(closer: () => void): void;
}

/** The inside of a manager. Not exported from the package. */
export let internalsOf: (manager: EventManager<never>) => Internals;

/**
 * Watches file descriptors with one epoll instance and tells subscribers what happened.
 *
 * The tables live in Wasm, the system calls come through koffi, and nothing is shared between
 * two managers. A manager belongs to the thread that made it.
 *
 * @example
 * using manager = new EventManager();
 * manager.addSubscriber({
 *   init: (ops) => ops.add(new Events(bell, EventSet.IN)),
 *   process: () => console.log('rung', bell.read()),
 * });
 * manager.runWithTimeout(1_000);
 */
export class EventManager<S extends EventSubscriber = EventSubscriber>
  implements SubscriberOps<S>, Disposable
{
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #roster: Roster;
  readonly #closers: (() => void)[] = [];
  #closing = false;

  static {
    internalsOf = (manager) => ({
      registry: manager.#registry,
      loop: manager.#loop,
      watchOwn: (fd, set, process) => {
        const member = manager.#roster.watchOwn(fd, set, () => {
          manager.#loop.discount(member);
          process();
        });
        return () => manager.#roster.remove(member);
      },
      onClose: (closer) => void manager.#closers.push(closer),
    });
  }

  /**
   * Creates the epoll instance (epoll_create1(2), CLOEXEC) and the tables.
   *
   * @throws ERR_UNSUPPORTED_PLATFORM where there is no epoll, ERR_INVALID_CAPACITY, ERR_SYSTEM
   * (EMFILE, …), ERR_OUT_OF_MEMORY when `memoryMax` is too little for the empty tables
   */
  constructor(options: EventManagerOptions = {}) {
    const resolved = resolveOptions(options);
    this.#registry = new Registry(resolved);
    this.#roster = new Roster(this.#registry, (error, context) =>
      this.#loop.faults.report(error, context),
    );
    this.#loop = new Loop(this.#registry, {
      ...resolved,
      remove: (member) => this.#roster.remove(member),
    });
  }

  /** Whether this process can have an EventManager: Linux, with koffi's binary for it. */
  static isSupported(): boolean {
    return unsupportedReason() === undefined;
  }

  /**
   * An epoll fd that is readable whenever this manager has something to dispatch, to be watched
   * by another event loop: then `runWithTimeout(0)`. It is made on first use and watches the
   * manager's own, which a rebuild may replace; in a nest of managers each counts twice against
   * the kernel's limit of 5.
   */
  get fd(): number {
    return this.#registry.nestedFd();
  }

  /**
   * One turn: waits until something is ready, and dispatches it. Blocks the thread: promises,
   * timers and signal listeners of JavaScript wait until it returns.
   *
   * @returns handler calls made; 0 when a signal interrupted the wait
   * @throws ERR_REENTRANT from inside a handler, ERR_CLOSED; what handlers threw (`'throw'`)
   */
  run(): number {
    return this.#turn(-1);
  }

  /**
   * One turn that waits so long at most. Zero only looks; fractions count, down to a nanosecond,
   * where the kernel has epoll_pwait2(2), and are rounded up elsewhere; undefined and Infinity
   * wait for ever.
   *
   * @throws RangeError for a negative timeout or NaN; else as `run`
   */
  runWithTimeout(milliseconds?: number): number {
    return this.#turn(checkTimeout(milliseconds));
  }

  /**
   * Turns without end, until `stop`, `close`, or the signal is aborted, all of them from inside a
   * handler: nothing else of JavaScript runs meanwhile, signal listeners included. A SIGINT
   * without a listener still ends the process.
   *
   * @throws as `run`
   */
  runForever(options: { signal?: AbortSignal } = {}): void {
    const { signal } = options;
    if (signal !== undefined && typeof signal?.aborted !== 'boolean') {
      throw invalidType('signal', 'an AbortSignal', signal);
    }
    // First: inside a handler it must not take back a `stop`.
    this.#loop.assertIdle();
    this.#loop.stopped = false;
    while (!this.#loop.stopped && !signal?.aborted && !this.#registry.closed) this.#turn(-1);
  }

  /** Ends `runForever` after the present turn. From a handler or a remote call. */
  stop(): void {
    this.#loop.stopped = true;
  }

  /**
   * Queues an event for a subscriber by hand, as if the kernel had sent it: delivered once, in
   * the next turn, with `injected` set. The fd need not be registered.
   *
   * @throws ERR_INVALID_ID
   */
  inject(id: SubscriberId, events: Events): void {
    const member = this.#roster.find(id);
    if (!(events instanceof Events)) {
      throw invalidType('What is injected', 'an Events object', events);
    }
    this.#loop.inject(member, events);
  }

  addSubscriber<T extends S>(subscriber: T): SubscriberId<T> {
    return this.#roster.add(subscriber).id as SubscriberId<T>;
  }

  removeSubscriber<T extends S>(id: SubscriberId<T>): T {
    const member = this.#roster.find(id);
    this.#roster.remove(member);
    return member.subscriber as T;
  }

  subscriber<T extends S>(id: SubscriberId<T>): T {
    return this.#roster.find(id).subscriber as T;
  }

  eventOps(id: SubscriberId): EventOps {
    return this.#roster.find(id).ops;
  }

  /** Each subscriber with its id, as of now, in the order of their places in the table. */
  *subscribers(): IterableIterator<[SubscriberId, S]> {
    for (const { id, subscriber } of this.#roster.list()) {
      yield [id as SubscriberId, subscriber as S];
    }
  }

  /** What a subscriber has registered, latest first. @throws ERR_INVALID_ID */
  registrations(id: SubscriberId): { fd: number; interest: EventSet; data: number }[] {
    return this.#registry
      .watchList(this.#roster.find(id))
      .map(({ fd, interest, data }) => ({ fd, interest, data }));
  }

  /** Who has registered a fd; undefined when nobody has. */
  ownerOf(source: FdSource): SubscriberId | undefined {
    const entry = this.#registry.find(fdOf(source));
    const member = entry && this.#registry.members[entry.subscriber];
    return member && !member.internal ? (member.id as SubscriberId) : undefined;
  }

  /**
   * Lets other threads call these procedures, by name, through a remote endpoint. Each is given
   * this manager's subscriber operations, and then what the caller gave. A name that is exposed
   * already gets the new procedure. eventfd(2), once for each manager.
   */
  expose(procedures: Procedures<S>): void {
    RemoteService.of(this, internalsOf).expose(procedures);
  }

  /** An endpoint for calling what is exposed, now or later; `share` one to reach other threads. */
  remoteEndpoint<P extends Procedures = Procedures>(
    options: RemoteEndpointOptions = {},
  ): RemoteEndpoint<P> {
    return RemoteService.of(this, internalsOf).endpoint(options);
  }

  /** Counters and gauges, read at once. */
  metrics(): Metrics {
    this.#registry.assertOpen();
    return readMetrics(this.#registry, this.#loop);
  }

  /**
   * Closes what the manager opened, and nothing that the user owns. Any further call throws
   * ERR_CLOSED, but this one. From inside a handler it takes effect after the batch.
   */
  close(): void {
    if (this.#loop.running) {
      this.#closing = true;
      this.#loop.stopped = true;
      return;
    }
    for (const closer of this.#closers.splice(0)) closer();
    this.#registry.close();
    this.#roster.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #turn(timeoutMs: number): number {
    try {
      return this.#loop.turn(timeoutMs);
    } finally {
      if (this.#closing && !this.#loop.running) this.close();
    }
  }
}
