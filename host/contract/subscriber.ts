import type { EventSet } from './event-set.js';
import type { Events } from './events.js';
import type { FdSource } from './fd-source.js';

/**
 * What a subscriber may do with its own fds. The object is bound to one subscriber. All methods can
 * be called from inside `process`.
 *
 * Every call throws `ERR_INVALID_ID` once the subscriber is gone and `ERR_CLOSED` once the
 * manager is; each that names a fd throws `ERR_NOT_REGISTERED` for a fd that isn't registered
 * and `ERR_NOT_OWNER`, changing nothing, for a fd of another subscriber.
 */
export interface EventOps {
  /**
   * Registers a fd: epoll_ctl(2), ADD. The fd fires in the next turn at the earliest.
   *
   * A fd has one registration, whichever subscriber made it. If the table has the number and the
   * kernel does not, because the file was closed without `remove`, the old registration is
   * evicted, and its subscriber's `evicted` is called.
   *
   * @throws ERR_FD_ALREADY_REGISTERED, ERR_INVALID_INTEREST (EXCLUSIVE beside ONE_SHOT, PRIORITY
   * or READ_HANG_UP), ERR_NOT_POLLABLE (a regular file), ERR_NESTING_TOO_DEEP,
   * ERR_OUT_OF_MEMORY, EBADF, ENOSPC, …
   */
  add(events: Events): void;

  /**
   * Registers a fd that several subscribers share. The fd has one registration, for the union of
   * their event sets; each subscriber hears what it asked for, and ERROR and HANG_UP. `modify`,
   * `pause`, `remove` and the other calls change the caller's own share only, also from a handler.
   * When the last share is removed, the registration ends. `evicted` is called for each share.
   *
   * ONE_SHOT disarms the share that fired. Either all shares are EDGE_TRIGGERED or none; when a
   * share is added, changed or removed, the others may hear a state a second time. A fd that was
   * registered by `add` cannot be shared.
   *
   * @throws ERR_INVALID_INTEREST (EXCLUSIVE, or edge beside level), else as `add`
   *
   * @example
   * init: (ops) => ops.share(new Events(socket, EventSet.OUT)),
   */
  share(events: Events): void;

  /**
   * Replaces event set and data: epoll_ctl(2), MOD. That also arms a one-shot registration again,
   * and makes an edge-triggered one report its state again. An event still pending in this turn is
   * cut down to the new event set. A paused registration stays paused.
   *
   * The kernel allows no MOD if EXCLUSIVE is or was set: then `modify` makes a DEL and an ADD, and
   * an event in between may wake another epoll instance.
   *
   * If the fd was closed, whatever its number names now, the registration ends, and its
   * subscriber's `evicted` is called. The same holds for `pause`, `resume` and `rearm`.
   *
   * @throws ENOENT: the fd was closed, ERR_INVALID_INTEREST
   */
  modify(events: Events): void;

  /**
   * Ends a registration: epoll_ctl(2), DEL. An event still pending in this turn is dropped.
   * Succeeds also if the fd was closed before.
   */
  remove(source: FdSource | Events): void;

  /** The event set as it was last set; undefined if this subscriber did not register the fd. */
  interest(source: FdSource): EventSet | undefined;

  /** Adds flags to the event set. No system call if all are set. */
  addFlags(source: FdSource, set: EventSet): void;

  /** Removes flags from the event set. No system call if none is set. */
  removeFlags(source: FdSource, set: EventSet): void;

  /**
   * Silences a registration, hang-ups and errors included, and keeps its event set and data. An
   * event still pending in this turn is dropped; after `resume` it is reported again.
   */
  pause(source: FdSource): void;

  /** Ends a pause. If the fd is ready it is reported, also an edge-triggered one. */
  resume(source: FdSource): void;

  /**
   * Arms a ONE_SHOT registration for one more event. For any other registration it makes a MOD
   * that changes nothing, so that an edge-triggered fd which is still ready is reported again.
   */
  rearm(source: FdSource): void;

  /**
   * Has the events of a registration come before those of lower ones, from the next batch on: −128
   * to 127; 0 is what each begins with. Equals keep the kernel's order, and what a budget leaves
   * over keeps its place. `modify`, `pause` and `resume` keep the priority.
   *
   * @throws RangeError, TypeError; ERR_INVALID_INTEREST for a fd that is shared
   */
  setPriority(source: FdSource, level: number): void;

  /** Adds all or none: if one fails, the ones before it are removed, and the error is rethrown. */
  addAll(events: Iterable<Events>): void;

  /** Removes these fds; without an argument, every fd that this subscriber registered. */
  removeAll(sources?: Iterable<FdSource | Events>): void;
}

/**
 * An object that the event manager calls. `init` registers fds; `process` is called for each event,
 * on the thread that runs the event manager.
 *
 * @example
 * const bell: EventSubscriber = {
 *   init: (ops) => ops.add(new Events(eventFd, EventSet.IN)),
 *   process: () => console.log('rung', eventFd.read()),
 * };
 */
export interface EventSubscriber {
  /** Tells it from others in errors, prints and metrics. Read when it is added. */
  readonly name?: string;

  /**
   * Registers fds. If `init` throws, the fds that it added are removed. An `init` that returns a
   * promise is not waited for; if that is rejected, the subscriber is removed, with all that it
   * registered, and the error goes by `onHandlerError`.
   */
  init?(ops: EventOps): void | Promise<void>;

  /**
   * Handles one event. What it returns is ignored, unless it is a promise. If it throws, or its
   * promise is rejected, `onHandlerError` decides what happens; the rest of the batch is delivered
   * in any case.
   *
   * While the manager is attached, a subscriber whose promise is pending gets nothing until that
   * settles. In a blocking `run` no promise settles before it returns: there each event calls the
   * handler, however many of its promises are pending.
   *
   * It runs in the AsyncLocalStorage context of whatever makes the turn, and not in that of its
   * registration: to keep that, `AsyncResource.bind` the handler.
   */
  process(events: Events, ops: EventOps): unknown;

  /**
   * Called when a registration was found dead: its fd had been closed without `remove`. That is
   * found out when the number is registered again, when something else than `remove` is asked of
   * it, or when the epoll instance is replaced. `events` is what was registered.
   */
  evicted?(events: Events): void;

  /**
   * Called once, when the object is no longer a subscriber: someone or the error policy removed it,
   * or the event manager was closed. Close here what the subscriber owns. It is not called if
   * `init` threw. An error that it throws goes to `onError`.
   */
  unsubscribed?(): void;
}

/**
 * A source that registers itself: an object with several fds, or with flags that only it knows.
 * A subscriber's `init` and the `interest()` builder call it.
 */
export interface EventSource {
  register(ops: EventOps, set: EventSet, data: number): void;
  reregister(ops: EventOps, set: EventSet, data: number): void;
  deregister(ops: EventOps): void;
}

/** Stands for one subscriber of one manager, and is never given to another. */
export type SubscriberId<S = unknown> = number & { readonly __subscriber: S };

/**
 * What can be done with subscribers, on the manager, in handlers and by remote calls alike. Every
 * manager is a `SubscriberOps<never>`, whatever subscribers it takes: what enters with subscribers
 * of its own, as a socket does, asks for that.
 */
export interface SubscriberOps<S extends EventSubscriber = EventSubscriber> {
  /**
   * Adds a subscriber and calls its `init`.
   *
   * @throws ERR_SUBSCRIBER_ALREADY_ADDED for an object that is subscribed; what `init` throws.
   */
  addSubscriber<T extends S>(subscriber: T): SubscriberId<T>;

  /**
   * Removes a subscriber with all of its registrations, and hands it back. What was pending
   * for it in this turn is dropped.
   *
   * @throws ERR_INVALID_ID
   */
  removeSubscriber<T extends S>(id: SubscriberId<T>): T;

  /** The subscriber of an id. @throws ERR_INVALID_ID */
  subscriber<T extends S>(id: SubscriberId<T>): T;

  /** The handle that the subscriber's own handler gets. @throws ERR_INVALID_ID */
  eventOps(id: SubscriberId): EventOps;
}
