import { internalsOf } from '../attached/index.js';
import {
  beforeClose,
  type EventOps,
  type EventSet,
  type EventSource,
  type EventSubscriber,
  Events,
  fdOf,
  type SubscriberId,
  type SubscriberOps,
} from '../contract/index.js';
import type { HandlerContext, InterestHandler, InterestSource } from './builder.js';

/** One fd registered by the `interest()` builder, with its own subscriber. */
export interface Registration extends Disposable {
  readonly id: SubscriberId;
  readonly fd: number;
  /** As it was last set. */
  readonly interest: EventSet;
  /** Whether it has ended: removed by whomever, with its manager, or with a source of ours. */
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

/** How a registration holds its source. */
export interface Tenure {
  /** With others, through one registration. */
  readonly shared?: boolean;
  /** Called once, when the registration ends. */
  readonly release?: () => void;
}

/**
 * The subscriber behind a registration. It is its handlers' context too, refilled for each
 * event: a context of its own would be one more object per event.
 */
export class InterestSubscriber<T extends InterestSource>
  implements EventSubscriber, HandlerContext<T>
{
  readonly fd: number;
  readonly source: T;
  events!: Events;
  ops!: EventOps;
  registration!: Registration;
  readonly #handler: InterestHandler<T>;
  readonly #tenure: Tenure;
  #interest: EventSet;
  #ended = false;
  /** The source needs to know of the registration no more. */
  #forget: () => void = nothing;

  constructor(set: EventSet, source: T, handler: InterestHandler<T>, tenure: Tenure) {
    this.fd = fdOf(source);
    this.source = source;
    this.#interest = set;
    this.#handler = handler;
    this.#tenure = tenure;
  }

  /** Asked of the table: a handler may change it through its `ops` too. */
  get interest(): EventSet {
    if (!this.#ended) this.#interest = this.ops.interest(this.fd) ?? this.#interest;
    return this.#interest;
  }

  get ended(): boolean {
    return this.#ended;
  }

  init(ops: EventOps): void {
    this.ops = ops;
    if (isEventSource(this.source)) this.source.register(ops, this.#interest, 0);
    else if (this.#tenure.shared) ops.share(new Events(this.fd, this.#interest));
    else ops.add(new Events(this.fd, this.#interest));
    this.#forget = beforeClose(this.source, () => this.registration.remove());
  }

  unsubscribed(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#forget();
    this.#tenure.release?.();
  }

  modify(set: EventSet): void {
    if (isEventSource(this.source)) this.source.reregister(this.ops, set, 0);
    else this.ops.modify(new Events(this.fd, set));
    this.#interest = set;
  }

  process(events: Events): void | Promise<void> {
    this.events = events;
    return this.#handler(this);
  }
}

/** What the user holds of a registration. */
export class RegistrationHandle<T extends InterestSource> implements Registration {
  readonly id: SubscriberId;
  readonly fd: number;
  readonly #manager: SubscriberOps;
  readonly #subscriber: InterestSubscriber<T>;
  #referenced = true;

  constructor(manager: SubscriberOps, id: SubscriberId, subscriber: InterestSubscriber<T>) {
    this.#manager = manager;
    this.id = id;
    this.fd = subscriber.fd;
    this.#subscriber = subscriber;
  }

  get interest(): EventSet {
    return this.#subscriber.interest;
  }

  get removed(): boolean {
    return this.#subscriber.ended;
  }

  modify(set: EventSet): void {
    this.#subscriber.modify(set);
  }

  pause(): void {
    this.#subscriber.ops.pause(this.fd);
  }

  resume(): void {
    this.#subscriber.ops.resume(this.fd);
  }

  rearm(): void {
    this.#subscriber.ops.rearm(this.fd);
  }

  remove(): void {
    if (this.removed) return;
    const { source, ops } = this.#subscriber;
    try {
      if (isEventSource(source)) source.deregister(ops);
    } finally {
      // Takes along whatever the source has left registered, and then tells the subscriber.
      this.#manager.removeSubscriber(this.id as SubscriberId<EventSubscriber>);
    }
  }

  ref(): this {
    return this.#setReferenced(true);
  }

  unref(): this {
    return this.#setReferenced(false);
  }

  hasRef(): boolean {
    return this.#referenced;
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  #setReferenced(referenced: boolean): this {
    this.#referenced = referenced;
    // A stand-in for a manager, such as a mock, has no inside.
    const internals = internalsOf(this.#manager as object);
    const member = internals?.registry.member(this.id);
    if (member) internals?.liveness.setReferenced(member, referenced);
    return this;
  }
}

export function isEventSource(source: unknown): source is EventSource {
  return typeof (source as Partial<EventSource>).register === 'function';
}

function nothing(): void {}
