import { inspect } from 'node:util';
import {
  type Attachment,
  type AttachOptions,
  type Internals,
  once,
  type Readiness,
  type ReadinessOptions,
  revealInternals,
  type WatchOptions,
  watch,
} from '../attached/index.js';
import {
  checkEvents,
  checkOptions,
  checkSignal,
  checkTimeout,
  type EventOps,
  EventSet,
  type EventSubscriber,
  type Events,
  type FdSource,
  fdOf,
  invalidType,
  type SubscriberId,
  type SubscriberOps,
} from '../contract/index.js';
import type { Procedures, RemoteEndpoint, RemoteEndpointOptions } from '../remote/index.js';
import { RemoteService } from '../remote/internal.js';
import { type Backend, backend, forget, unsupportedReason, watchOver } from '../sys/index.js';
import type { Loop, Running, RunOptions } from '../turn/index.js';
import { assemble } from './assemble.js';
import { type Handover, restoreSnapshot, takeSnapshot } from './handover.js';
import { type DetailedMetrics, type Metrics, type MetricsOptions, readMetrics } from './metrics.js';
import { type EventManagerOptions, resolveOptions } from './options.js';
import { printManager } from './print.js';
import type { Silences } from './silence.js';

/**
 * Watches file descriptors with one epoll instance and tells subscribers what happened.
 *
 * A manager belongs to the thread that made it. One that is dropped unclosed leaks, and warns.
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
  implements SubscriberOps<S>, Running, Readiness, Handover<S>, Disposable
{
  readonly #internals: Internals;
  readonly #loop: Loop;
  readonly #silences: Silences;

  /**
   * Creates the epoll instance (epoll_create1(2), CLOEXEC) and the tables.
   *
   * @throws ERR_UNSUPPORTED_PLATFORM, ERR_FFI_UNAVAILABLE, ERR_INVALID_CAPACITY, EMFILE, …,
   * ERR_OUT_OF_MEMORY
   */
  constructor(options: EventManagerOptions = {}) {
    const { internals, silences } = assemble(resolveOptions(options));
    this.#internals = internals;
    this.#silences = silences;
    this.#loop = internals.loop;
    revealInternals(this, this.#internals);
    const lease = watchOver(this, 'epoll_create1', this.#internals.table.epfd);
    this.#internals.onClose(() => forget(lease));
  }

  /** Whether this process can have an EventManager: Linux, with koffi's binary for it. */
  static isSupported(): boolean {
    return unsupportedReason() === undefined;
  }

  /** How this thread makes system calls, chosen now at the latest, and why not in a faster way. */
  static get backend(): Backend {
    return backend();
  }

  /**
   * An epoll fd for another event loop to watch, readable whenever there is something to dispatch:
   * then `runWithTimeout(0)`. It counts twice against the kernel's limit of 5 nested instances.
   */
  get fd(): number {
    return this.#internals.table.nestedFd();
  }

  run(nothing?: never): number {
    // As `run(100)`, which looks like a wait of 100 ms, and would be one for ever.
    const takes = 'nothing (`runWithTimeout` takes a timeout)';
    if (nothing !== undefined) throw invalidType('What `run` is given', takes, nothing);
    return this.#turn(-1);
  }

  runWithTimeout(milliseconds?: number): number {
    return this.#turn(checkTimeout(milliseconds));
  }

  runForever(options: RunOptions = {}): void {
    const { signal } = checkOptions('runForever', options, { signal: true });
    this.#silences.beforeWait(-1);
    this.#loop.turnForever(checkSignal(signal));
  }

  #turn(timeoutMs: number): number {
    this.#silences.beforeWait(timeoutMs);
    return this.#loop.turn(timeoutMs);
  }

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
   * Node watches this manager's epoll instance. A thread's first `attach` opens four fds, for all.
   *
   * @throws ERR_ALREADY_ATTACHED, ERR_CLOSED, ERR_NESTING_TOO_DEEP, EMFILE, …,
   * ERR_UNSUPPORTED_PLATFORM where the manager's `syscalls` have no `poll`
   */
  attach(options: AttachOptions = {}): Attachment {
    const { signal } = checkOptions('attach', options, { signal: true });
    return this.#internals.driver.attach(checkSignal(signal));
  }

  watch(source: FdSource, set: EventSet, options?: WatchOptions): AsyncIterableIterator<Events> {
    return watch(this, this.#internals, source, set, options);
  }

  readable(source: FdSource, options: ReadinessOptions = {}): Promise<Events> {
    return once(this, this.#internals, source, EventSet.IN, options);
  }

  writable(source: FdSource, options: ReadinessOptions = {}): Promise<Events> {
    return once(this, this.#internals, source, EventSet.OUT, options);
  }

  /**
   * Queues an event for a subscriber by hand, as if the kernel had sent it: delivered once, in
   * the next turn, with `injected` set. The fd need not be registered.
   *
   * @throws ERR_INVALID_ID; ERR_QUEUE_FULL when 2²⁰ wait already
   */
  inject(id: SubscriberId, events: Events): void {
    const member = this.#internals.roster.find(id);
    this.#loop.inject(member, checkEvents('What is injected', events));
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

  addSubscriber<T extends S>(subscriber: T): SubscriberId<T> {
    return this.#internals.roster.add(subscriber).id as SubscriberId<T>;
  }

  removeSubscriber<T extends S>(id: SubscriberId<T>): T {
    const member = this.#internals.roster.find(id);
    this.#internals.roster.remove(member);
    return member.subscriber as T;
  }

  subscriber<T extends S>(id: SubscriberId<T>): T {
    return this.#internals.roster.find(id).subscriber as T;
  }

  eventOps(id: SubscriberId): EventOps {
    return this.#internals.roster.find(id).ops;
  }

  /** Each subscriber with its id, as of now, in the order in which they were added. */
  *subscribers(): IterableIterator<[SubscriberId<S>, S]> {
    const all = this.#internals.roster.list();
    for (const each of all) yield [each.id as SubscriberId<S>, each.subscriber as S];
  }

  /** What a subscriber has registered, latest first. @throws ERR_INVALID_ID */
  registrations(id: SubscriberId): { fd: number; interest: EventSet; data: number }[] {
    const records = this.#internals.table.watchList(this.#internals.roster.find(id));
    return records.map(({ fd, interest, data }) => ({ fd, interest, data }));
  }

  /** Who has registered a fd; undefined when nobody has, or several share it. */
  ownerOf(source: FdSource): SubscriberId | undefined {
    const { roster, table } = this.#internals;
    const record = table.find(fdOf(source));
    const member = record && roster.bySlot[record.subscriber];
    return member?.internal ? undefined : member?.id;
  }

  snapshot(): Uint8Array {
    return takeSnapshot(this.#internals.table, this.#internals.roster);
  }

  restore(
    snapshot: Uint8Array,
    subscriberFor: (id: number) => S | undefined,
  ): Map<number, SubscriberId<S>> {
    this.#internals.table.assertOpen();
    return restoreSnapshot(this.#internals.roster, snapshot, subscriberFor);
  }

  /** Counters and gauges, read at once; those of each subscriber on request. */
  metrics(options: MetricsOptions & { perSubscriber: true }): DetailedMetrics;
  metrics(options?: MetricsOptions): Metrics;
  metrics(options: MetricsOptions = {}): Metrics {
    return readMetrics(this.#internals, options);
  }

  /**
   * Closes what the manager opened, and nothing that the user owns. Any further call throws
   * ERR_CLOSED, but this one. From inside a handler it takes effect after the batch.
   */
  close(): void {
    if (this.#loop.running) this.#loop.closeAfterTurn(() => this.close());
    else this.#internals.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @internal What `console.log` shows: a table of what is registered. */
  [inspect.custom](): string {
    return printManager(this.#internals);
  }
}
