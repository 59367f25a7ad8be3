import {
  type Attachment,
  type AttachOptions,
  type Internals,
  NodeDriver,
  once,
  type ReadinessOptions,
  revealInternals,
  type WatchOptions,
  watch,
} from '../attached/index.js';
import {
  checkSignal,
  checkTimeout,
  EventSet,
  type EventSubscriber,
  Events,
  type FdSource,
  invalidType,
  type SubscriberId,
} from '../contract/index.js';
import type { Procedures, RemoteEndpoint, RemoteEndpointOptions } from '../remote/index.js';
import { RemoteService } from '../remote/internal.js';
import { forget, unsupportedReason, watchOver } from '../sys/index.js';
import { Registry, Roster } from '../table/index.js';
import { Liveness, Loop } from '../turn/index.js';
import { type Metrics, readMetrics } from './metrics.js';
import { type EventManagerOptions, resolveOptions } from './options.js';
import { Subscribers } from './subscribers.js';

/**
 * Watches file descriptors with one epoll instance and tells subscribers what happened.
 *
 * The tables live in Wasm, the system calls come through koffi, and nothing is shared between
 * two managers. A manager belongs to the thread that made it. Dropped unclosed it leaks its fds.
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
  extends Subscribers<S>
  implements Disposable
{
  readonly #loop: Loop;
  readonly #roster: Roster;
  readonly #internals: Internals;
  readonly #closers: (() => void)[] = [() => forget(this)];

  /**
   * Creates the epoll instance (epoll_create1(2), CLOEXEC) and the tables.
   *
   * @throws ERR_UNSUPPORTED_PLATFORM where there is no epoll, ERR_INVALID_CAPACITY, ERR_SYSTEM
   * (EMFILE, …), ERR_OUT_OF_MEMORY when `memoryMax` is too little for the empty tables
   */
  constructor(options: EventManagerOptions = {}) {
    const resolved = resolveOptions(options);
    const registry = new Registry(resolved);
    const roster = new Roster(registry);
    super(registry, roster);
    const loop = new Loop(registry, resolved, roster);
    const liveness = new Liveness(registry);
    const driver = new NodeDriver(registry, loop, liveness);
    const onClose = (closer: () => void) => void this.#closers.push(closer);
    const parts = { registry, loop, driver, liveness, onClose };
    this.#loop = loop;
    this.#roster = roster;
    this.#internals = revealInternals(this, roster, parts);
    watchOver(this, 'epoll_create1').fd = registry.epfd;
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
    return this.#internals.registry.nestedFd();
  }

  /**
   * One turn: waits until something is ready, and dispatches it. Blocks the thread: promises,
   * timers and signal listeners of JavaScript wait until it returns.
   *
   * @returns handler calls made; 0 when a signal interrupted the wait
   * @throws ERR_REENTRANT from inside a handler, ERR_CLOSED; what handlers threw (`'throw'`)
   */
  run(): number {
    return this.#loop.turn(-1);
  }

  /**
   * One turn that waits so long at most. Zero only looks; fractions count, down to a nanosecond,
   * where the kernel has epoll_pwait2(2), and are rounded up elsewhere; undefined and Infinity
   * wait for ever.
   *
   * @throws RangeError for a negative timeout or NaN; else as `run`
   */
  runWithTimeout(milliseconds?: number): number {
    return this.#loop.turn(checkTimeout(milliseconds));
  }

  /**
   * Turns without end, until `stop`, `close`, or the signal is aborted, all of them from inside a
   * handler: nothing else of JavaScript runs meanwhile, signal listeners included. A SIGINT
   * without a listener still ends the process.
   *
   * @throws as `run`
   */
  runForever(options: { signal?: AbortSignal } = {}): void {
    const signal = checkSignal(options.signal);
    // First: inside a handler it must not take back a `stop`.
    this.#loop.assertIdle();
    this.#loop.stopped = false;
    while (!this.#loop.stopped && !signal?.aborted && !this.#internals.registry.closed)
      this.#loop.turn(-1);
  }

  /**
   * Ends `runForever`, or being attached, after the present turn. From a handler or a remote call;
   * while attached, from anywhere.
   */
  stop(): void {
    this.#loop.stop();
  }

  /**
   * Has Node's own event loop make the turns from now on, on this thread: nothing blocks, and
   * promises and `process.nextTick` get their turn between batches. The process stays alive while
   * something is registered or a timer is set, and `unref()` changes that.
   *
   * A handler that returns a promise isn't called again until it has settled. What a handler
   * throws goes by `onHandlerError`; with `'throw'` it becomes an uncaught exception.
   *
   * It is this manager's epoll fd, and that alone, which Node watches (uv_poll(3)).
   *
   * @throws ERR_ALREADY_ATTACHED, ERR_CLOSED, ERR_NESTING_TOO_DEEP, ERR_SYSTEM (EMFILE, …),
   * ERR_UNSUPPORTED_PLATFORM where the manager's `syscalls` have no `poll`
   *
   * @example
   * const attachment = manager.attach();
   * process.once('SIGTERM', () => attachment.detach());
   */
  attach(options: AttachOptions = {}): Attachment {
    return this.#internals.driver.attach(checkSignal(options.signal));
  }

  /**
   * The events of a fd, one at a time, in Node's own loop: nothing blocks, and `attach` isn't
   * needed. Whenever you ask for the next one, what is ready then is reported: read all there is,
   * or part of it; EDGE_TRIGGERED changes nothing. The fd is registered from the first step until
   * the loop is left, and shared with whoever else awaits or shares it (`EventOps.share`).
   *
   * The iteration throws what `attach` and `EventOps.share` throw, the signal's reason, ERR_CLOSED
   * when the manager is stopped or closed, ERR_NOT_REGISTERED when the fd was closed and its
   * number is someone else's. It ends when its source, one of this library's, is closed.
   *
   * @example
   * for await (const events of manager.watch(tun, EventSet.IN, { signal })) {
   *   if (events.readable) handlePacket(readSync(tun, packet));
   * }
   */
  watch(
    source: FdSource,
    set: EventSet,
    options: WatchOptions = {},
  ): AsyncIterableIterator<Events> {
    return watch(this, this.#internals, source, set, options);
  }

  /**
   * Waits until a fd can be read, in Node's own loop, and tells what happened: it may have hung
   * up, or failed, instead.
   *
   * @throws as `watch`, by rejection; ERR_TIMED_OUT; ERR_CLOSED when its source is closed
   */
  readable(source: FdSource, options: ReadinessOptions = {}): Promise<Events> {
    return once(this, this.#internals, source, EventSet.IN, options);
  }

  /** Waits until a fd can be written, or a connect has ended: see `readable`. */
  writable(source: FdSource, options: ReadinessOptions = {}): Promise<Events> {
    return once(this, this.#internals, source, EventSet.OUT, options);
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

  /**
   * Lets other threads call these procedures, by name, through a remote endpoint. Each is given
   * this manager's subscriber operations, and then what the caller gave. A name that is exposed
   * already gets the new procedure. eventfd(2), once for each manager.
   */
  expose(procedures: Procedures<S>): void {
    RemoteService.of(this).expose(procedures);
  }

  /** An endpoint for calling what is exposed, now or later; `share` one to reach other threads. */
  remoteEndpoint<P extends Procedures = Procedures>(
    options: RemoteEndpointOptions = {},
  ): RemoteEndpoint<P> {
    return RemoteService.of(this).endpoint(options);
  }

  /** Counters and gauges, read at once. */
  metrics(): Metrics {
    this.#internals.registry.assertOpen();
    return readMetrics(this.#internals.registry, this.#loop);
  }

  /**
   * Closes what the manager opened, and nothing that the user owns. Any further call throws
   * ERR_CLOSED, but this one. From inside a handler it takes effect after the batch.
   */
  close(): void {
    if (this.#loop.running) {
      this.#loop.closeAfterTurn(() => this.close());
      return;
    }
    for (const closer of this.#closers.splice(0)) closer();
    this.#internals.driver.stopped();
    this.#internals.registry.close();
    this.#roster.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
