import type { EventSet } from './event-set.js';
import type { Events } from './events.js';
import type { FdSource } from './fd-source.js';

/**
 * The handle that a handler gets: what it may do about its own fds, and no more. It is bound to
 * one subscriber. All of it can be called from inside `process`.
 *
 * Every call throws `ERR_INVALID_ID` once the subscriber is gone and `ERR_CLOSED` once the
 * manager is; each that names a fd throws `ERR_NOT_REGISTERED` for a fd that isn't registered
 * and `ERR_NOT_OWNER`, changing nothing, for a fd of another subscriber.
 */
export interface EventOps {
  /**
   * Registers a fd: epoll_ctl(2), ADD. It fires in the next turn at the earliest.
   *
   * A fd has one registration, whoever made it. Where the table has the number and the kernel
   * does not, because its file was closed unannounced, the old registration is evicted and its
   * owner told (`EventSubscriber.evicted`).
   *
   * @throws ERR_FD_ALREADY_REGISTERED, ERR_INVALID_INTEREST (EXCLUSIVE beside ONE_SHOT, PRIORITY
   * or READ_HANG_UP), ERR_NOT_POLLABLE (a regular file), ERR_NESTING_TOO_DEEP,
   * ERR_OUT_OF_MEMORY, ERR_SYSTEM (EBADF, ENOSPC, …)
   */
  add(events: Events): void;

  /**
   * Registers a fd beside others: all who `share` it have one registration, for the union of what
   * they want, and each is told what it asked for, ERROR and HANG_UP included. All of these calls
   * work on one's own share alone: each comes, pauses and goes as it likes, in handlers too; the
   * last to go ends the registration. `evicted` is told to each.
   *
   * ONE_SHOT disarms one's own share. EDGE_TRIGGERED is for all of them or for none, and a state
   * that was reported may be reported again when another comes, goes or changes something.
   * Who has `add`ed the fd does not share it.
   *
   * @throws ERR_INVALID_INTEREST (EXCLUSIVE, or edge beside level), else as `add`
   *
   * @example
   * init: (ops) => ops.share(new Events(socket, EventSet.OUT)),
   */
  share(events: Events): void;

  /**
   * Replaces interest and data: epoll_ctl(2), MOD, which also re-arms a one-shot registration
   * and has an edge-triggered one report its state anew. An event still pending in this turn is
   * masked by the new interest. A paused registration stays paused.
   *
   * Where EXCLUSIVE is or was set the kernel allows no MOD: it takes a DEL and an ADD, between
   * which an event may go to another instance.
   */
  modify(events: Events): void;

  /**
   * Ends a registration at once: an event still pending in this turn is dropped.
   * epoll_ctl(2), DEL. Succeeds also when the fd was closed before.
   */
  remove(source: FdSource | Events): void;

  /** The interest as it was last set; undefined where this subscriber did not register the fd. */
  interest(source: FdSource): EventSet | undefined;

  /** Adds flags to the interest. No system call when all are there. */
  addFlags(source: FdSource, set: EventSet): void;

  /** Takes flags from the interest. No system call when none is there. */
  removeFlags(source: FdSource, set: EventSet): void;

  /**
   * Silences a registration, hang-ups and errors included, and keeps interest, data and place.
   * An event still pending in this turn is dropped, to be reported again after `resume`.
   */
  pause(source: FdSource): void;

  /** Ends a pause. What is ready now is reported, edge-triggered or not. */
  resume(source: FdSource): void;

  /**
   * Arms a ONE_SHOT registration for one more event. On any other it re-issues the interest,
   * so that an edge-triggered fd which is still ready is reported once more.
   */
  rearm(source: FdSource): void;

  /** Adds all or none: when one fails, those before it are taken back and the error rethrown. */
  addAll(events: Iterable<Events>): void;

  /** Removes several, or, without an argument, all that this subscriber has registered. */
  removeAll(sources?: Iterable<FdSource | Events>): void;
}

/**
 * Who is told of events. `init` registers what is to be watched; `process` is called for each
 * event, on the thread that runs the manager.
 *
 * @example
 * const bell: EventSubscriber = {
 *   init: (ops) => ops.add(new Events(eventFd, EventSet.IN)),
 *   process: () => console.log('rung', eventFd.read()),
 * };
 */
export interface EventSubscriber {
  /** Registers the interest list. What it added is taken back when it throws. */
  init?(ops: EventOps): void;

  /**
   * One event. What it throws, or rejects with, is dealt with by `onHandlerError`; the rest of
   * the batch is delivered in any case.
   */
  process(events: Events, ops: EventOps): void | Promise<void>;

  /**
   * Told when a registration was found dead: its fd had been closed without `remove`, and the
   * number has been registered anew. `events` is what was registered.
   */
  evicted?(events: Events): void;

  /**
   * Told once, when it is a subscriber no more: removed by whomever, by the policy for errors, or
   * because the manager was closed. The place to close what it owns. Not called when `init`
   * threw. What it throws goes to `onError`.
   */
  unsubscribed?(): void;
}

/**
 * A source that decides for itself how it registers: several fds behind one object, or flags
 * that only it knows. Called from a subscriber's `init` and by the `interest()` builder.
 */
export interface EventSource {
  register(ops: EventOps, set: EventSet, data: number): void;
  reregister(ops: EventOps, set: EventSet, data: number): void;
  deregister(ops: EventOps): void;
}

/** Stands for one subscriber of one manager, and is never given to another. */
export type SubscriberId<S = unknown> = number & { readonly __subscriber: S };

/** What can be done with subscribers, on the manager, in handlers and by remote calls alike. */
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
