import { inspect } from 'node:util';
import { internalsOf, isManager } from '../attached/index.js';
import {
  beforeClose,
  checkEventSet,
  type EventOps,
  EventSet,
  type EventSubscriber,
  Events,
  fdOf,
  printed,
  type SubscriberId,
  type SubscriberOps,
  shown,
} from '../contract/index.js';
import {
  type Description,
  type EndReason,
  type HandlerContext,
  type InterestSource,
  isEventSource,
  type Registration,
} from './registration.js';

/** What a handler is called with, for one event. It may be kept. */
class EventContext<T extends InterestSource> implements HandlerContext<T> {
  readonly events: Events;
  readonly #subscriber: InterestSubscriber<T>;

  constructor(subscriber: InterestSubscriber<T>, events: Events) {
    this.#subscriber = subscriber;
    this.events = events;
  }

  get fd(): number {
    return this.#subscriber.fd;
  }

  get source(): T {
    return this.#subscriber.source;
  }

  /** As it stands when it is asked. */
  get interest(): EventSet {
    return this.#subscriber.interest;
  }

  get ops(): EventOps {
    return this.#subscriber.ops;
  }

  get registration(): Registration {
    return this.#subscriber.registration;
  }

  /** What `console.log` shows. */
  [inspect.custom](): string {
    const { fd, source, events, interest } = this;
    const of = typeof source === 'number' ? '' : `source: ${shown(source)}`;
    const happened = `events: ${EventSet.format(events.eventSet)}`;
    const wanted = `interest: ${EventSet.format(interest)}`;
    return printed('HandlerContext', `fd: ${fd}`, happened, wanted, of);
  }
}

/** The subscriber behind a registration. */
export class InterestSubscriber<T extends InterestSource> implements EventSubscriber {
  static {
    // What prints call it.
    Object.defineProperty(InterestSubscriber, 'name', { value: 'Registration' });
  }

  readonly fd: number;
  readonly source: T;
  readonly registration: Registration;
  declare readonly name?: string;
  id = 0 as SubscriberId;
  ops!: EventOps;
  readonly #manager: SubscriberOps<never>;
  readonly #description: Description<T>;
  #interest: EventSet;
  #ended = false;
  #reason: EndReason = 'removed';
  /** The source needs to know of the registration no more. */
  #forget: (() => void) | undefined;

  constructor(manager: SubscriberOps<never>, description: Description<T>) {
    this.fd = fdOf(description.source);
    this.source = description.source;
    this.#interest = description.set;
    this.#description = description;
    if (description.name !== undefined) this.name = description.name;
    this.registration = new RegistrationHandle(manager, this);
    this.#manager = manager;
  }

  /** Subscribes. @throws what `EventOps.add` throws; then nothing was added */
  enter(): Registration {
    this.id = this.#manager.addSubscriber(this as never);
    return this.registration;
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
    else if (this.#description.shared) ops.share(new Events(this.fd, this.#interest));
    else ops.add(new Events(this.fd, this.#interest));
    if (this.#description.level !== 0) ops.setPriority(this.fd, this.#description.level);
    this.#forget = beforeClose(this.source, () => this.registration.remove());
  }

  process(events: Events): unknown {
    return this.#description.handler(new EventContext(this, events));
  }

  /** Its fd was found closed. What registers itself may have others, and decides for itself. */
  evicted(): void {
    if (isEventSource(this.source)) return;
    this.#reason = 'evicted';
    this.registration.remove();
  }

  unsubscribed(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#forget?.();
    const { owned, onEnd } = this.#description;
    try {
      owned?.close();
    } finally {
      onEnd?.(this.#reason);
    }
  }

  modify(set: EventSet): void {
    const wanted = checkEventSet(set);
    if (isEventSource(this.source)) this.source.reregister(this.ops, wanted, 0);
    else this.ops.modify(new Events(this.fd, wanted));
    this.#interest = wanted;
  }
}

/** What the user holds of a registration. */
class RegistrationHandle<T extends InterestSource> implements Registration {
  readonly fd: number;
  readonly #manager: SubscriberOps<never>;
  readonly #subscriber: InterestSubscriber<T>;
  #referenced = true;

  constructor(manager: SubscriberOps<never>, subscriber: InterestSubscriber<T>) {
    this.#manager = manager;
    this.fd = subscriber.fd;
    this.#subscriber = subscriber;
  }

  get id(): SubscriberId {
    return this.#subscriber.id;
  }

  get interest(): EventSet {
    return this.#subscriber.interest;
  }

  get removed(): boolean {
    return this.#subscriber.ended;
  }

  get name(): string | undefined {
    return this.#subscriber.name;
  }

  /** What `console.log` shows. */
  [inspect.custom](): string {
    const { name, fd, interest, removed, id } = this;
    const { source } = this.#subscriber;
    return printed(
      'Registration',
      name && JSON.stringify(name),
      `id: ${id}`,
      `fd: ${fd}`,
      EventSet.format(interest),
      removed && 'removed',
      !this.#referenced && 'unreferenced',
      typeof source !== 'number' && shown(source),
    );
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
      this.#manager.removeSubscriber(this.id as SubscriberId<never>);
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
    // A mock of a manager has no inside.
    if (!isManager(this.#manager)) return this;
    const { roster, liveness } = internalsOf(this.#manager);
    const member = roster.get(this.id);
    if (member) liveness.setReferenced(member, referenced);
    return this;
  }
}
