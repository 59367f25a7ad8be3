import type {
  EventOps,
  EventSet,
  EventSource,
  Events,
  FdSource,
  SubscriberId,
} from '../contract/index.js';

/** One fd registered by the `interest()` builder, with its own subscriber. */
export interface Registration extends Disposable {
  readonly id: SubscriberId;
  readonly fd: number;
  /** As `withName` gave it. */
  readonly name: string | undefined;
  /** As it was last set. */
  readonly interest: EventSet;
  /** Whether it has ended: removed by whomever, with its manager, or as its fd was closed. */
  readonly removed: boolean;
  /** Replaces the interest; see `EventOps.modify`. */
  modify(set: EventSet): void;
  pause(): void;
  resume(): void;
  rearm(): void;
  /** Ends it, and closes the source if it was `withOwned`. Once it is removed, does nothing. */
  remove(): void;
  /** Counts again towards keeping an attached manager's process alive: the default. */
  ref(): this;
  /** Stops counting towards it. */
  unref(): this;
  /** Whether it counts. */
  hasRef(): boolean;
}

/**
 * What a handler of the builder is called with, made for one event: it may be kept. A handler that
 * returns a promise is called once at a time while the manager is attached, and not so in a
 * blocking `run`: see `EventSubscriber.process`.
 */
export interface HandlerContext<T = FdSource> {
  readonly fd: number;
  /** What was given to `withFd`. */
  readonly source: T;
  /** What happened. */
  readonly events: Events;
  /** The interest as it stands now. */
  readonly interest: EventSet;
  readonly ops: EventOps;
  readonly registration: Registration;
}

/** What it returns is ignored, unless it is a promise: that is waited for while attached. */
export type InterestHandler<T = FdSource> = (context: HandlerContext<T>) => unknown;

/** Anything that can be registered by the builder. */
export type InterestSource = FdSource | (EventSource & { readonly fd: number });

/**
 * Why a registration has ended: it, its subscriber or its manager was removed or closed; or its fd
 * was found closed, and the number is another file's by now.
 */
export type EndReason = 'removed' | 'evicted';

/** What is registered, and how. */
export interface Description<T extends InterestSource> {
  readonly set: EventSet;
  readonly source: T;
  readonly handler: InterestHandler<T>;
  /** With others, through one registration. */
  readonly shared: boolean;
  /** Closed when the registration ends. */
  readonly owned: { close(): void } | undefined;
  /** Served before lower ones. */
  readonly level: number;
  /** For errors, prints and metrics. */
  readonly name: string | undefined;
  /** Told of the end. */
  readonly onEnd: ((reason: EndReason) => void) | undefined;
}

/** Whether a source registers itself. */
export function isEventSource(source: unknown): source is EventSource {
  return typeof (source as Partial<EventSource>).register === 'function';
}
