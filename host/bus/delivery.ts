import { EventManagerError } from '../contract/index.js';
import type { Counters } from './counters.js';
import type { Directory, TopicEntry } from './directory.js';
import { busClosed, type FaultPolicy, Faults } from './faults.js';
import type { DeferredDeliveries } from './phase.js';
import type { Subscription } from './subscription.js';
import { type TappedMessage, Taps } from './taps.js';

export interface DeliveryBounds {
  depthMax: number;
  queueMax: number;
}

/** The depth when nothing is being handed over. */
const IDLE = -1;

/** A message on its way: `open` hands it over, and must not throw. */
interface Parcel {
  open(): void;
}

/**
 * Hands messages over, one level after the other: first a message to all whom it reaches, then,
 * in their order, what these have published meanwhile, and so on (S40).
 */
export class Delivery implements DeferredDeliveries {
  readonly taps = new Taps();
  readonly #directory: Directory;
  readonly #counters: Counters;
  readonly #bounds: DeliveryBounds;
  readonly #faults: Faults;
  /** Tells the manager that something is to be delivered in its turn; undefined without one. */
  #wake: (() => void) | undefined;
  /** The level that is being handed over: 0 for what came from outside. */
  #depth = IDLE;
  /** Whether a message can be delivered at once: one test for all that may forbid it. */
  #free = true;
  #level: Parcel[] = [];
  #opened = 0;
  #next: Parcel[] = [];
  /** Queued in a turn before it came to the bus: of the next one. */
  #later: Parcel[] = [];
  #closed = false;

  constructor(
    directory: Directory,
    counters: Counters,
    bounds: DeliveryBounds,
    policy: FaultPolicy,
  ) {
    this.#directory = directory;
    this.#counters = counters;
    this.#bounds = bounds;
    this.#faults = new Faults(counters, policy);
  }

  /** From now on nothing is delivered at once, but in a manager's turns. */
  defer(wake: () => void): void {
    this.#wake = wake;
    this.#free = false;
  }

  /** Delivers a message, or queues it where that can't be now. */
  publish(entry: TopicEntry, message: unknown, origin?: object): void {
    if (!this.#free) {
      this.#publishLater(entry, message, origin);
      return;
    }
    this.#counters.published += 1;
    this.#free = false;
    this.#depth = 0;
    const { only } = entry;
    if (only !== undefined && origin === undefined && !this.taps.active) {
      this.#counters.delivered += 1;
      this.#hand(only, message, entry.name);
    } else {
      this.#publish(entry, message, origin);
    }
    this.#finish();
  }

  /** The same for what goes to one place. Beyond the bounds, if nobody asks about them first. */
  post(open: () => void): void {
    if (!this.#free) {
      this.#push({ open });
      return;
    }
    this.#free = false;
    this.#depth = 0;
    open();
    this.#finish();
  }

  /** @throws ERR_PUBLISH_TOO_DEEP, ERR_QUEUE_FULL when no message can be taken now */
  assertRoom(): void {
    const { depthMax, queueMax } = this.#bounds;
    if (this.#depth >= depthMax) {
      throw new EventManagerError(
        'ERR_PUBLISH_TOO_DEEP',
        `${depthMax} levels of messages that handlers sent in answer to messages: ` +
          'do two of them answer each other for ever? Else raise `depthMax`',
      );
    }
    if (this.#next.length >= queueMax) {
      throw new EventManagerError(
        'ERR_QUEUE_FULL',
        `${queueMax} messages wait for their delivery: publish less at a time, let the manager ` +
          'have its turns, or raise `queueMax`',
      );
    }
  }

  /** Calls what may throw. Its error is a fault of `name`. */
  attempt(name: string, subscription: Subscription | undefined, call: () => unknown): void {
    try {
      const result = call();
      if (result !== undefined) this.#follow(result, name, subscription);
    } catch (error) {
      this.#faults.note({ error, name, subscription });
    }
  }

  /** Shows a message to the taps, which can do no harm. */
  tell(tapped: TappedMessage): void {
    for (const tap of this.taps.list()) this.attempt(tapped.name, undefined, () => tap(tapped));
  }

  get due(): boolean {
    return this.#next.length > 0;
  }

  begin(): void {
    this.#level = this.#next;
    this.#next = [];
  }

  /** What was queued when the turn began, and what comes of it: the calls made. */
  deliver(): number {
    const before = this.#counters.delivered;
    this.#later = this.#next;
    this.#next = [];
    this.#depth = 0;
    this.#openLevel();
    this.#openRest();
    this.#depth = IDLE;
    this.#next = this.#later;
    this.#later = [];
    this.settle();
    return this.#counters.delivered - before;
  }

  /** Acts on what went wrong, by the policy, unless a delivery is going on that will. */
  settle(): void {
    if (this.#depth === IDLE) this.#faults.settle();
  }

  /** Drops what is queued, and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#free = false;
    this.#counters.dropped += this.queued;
    this.#level = [];
    this.#next = [];
    this.#later = [];
  }

  get queued(): number {
    return this.#level.length - this.#opened + this.#next.length + this.#later.length;
  }

  #publish(entry: TopicEntry, message: unknown, origin: object | undefined): void {
    if (this.taps.active) this.tell({ kind: 'publish', name: entry.name, message });
    const subscriptions = entry.subscriptions ?? this.#seek(entry);
    let calls = 0;
    for (let i = 0; i < subscriptions.length; i += 1) {
      const subscription = subscriptions[i]!;
      if (!subscription.live) continue;
      if (origin !== undefined && subscription.origin === origin) continue;
      calls += 1;
      this.#hand(subscription, message, entry.name);
    }
    this.#counters.delivered += calls;
    if (calls === 0) this.#counters.dropped += 1;
  }

  #hand(subscription: Subscription, message: unknown, name: string): void {
    const { call } = subscription;
    try {
      const result = call(message, name);
      if (result !== undefined) this.#follow(result, name, subscription);
    } catch (error) {
      this.#faults.note({ error, name, subscription });
    }
  }

  /** A topic that was forgotten may find no room any more. */
  #seek(entry: TopicEntry): readonly Subscription[] {
    try {
      return this.#directory.subscribersOf(entry);
    } catch (error) {
      this.#faults.note({ error, name: entry.name, subscription: undefined });
      return [];
    }
  }

  #publishLater(entry: TopicEntry, message: unknown, origin: object | undefined): void {
    if (this.#closed) throw busClosed();
    this.assertRoom();
    this.#counters.published += 1;
    this.#push({ open: () => this.#publish(entry, message, origin) });
  }

  #push(parcel: Parcel): void {
    this.#next.push(parcel);
    if (this.#next.length === 1 && this.#depth === IDLE) this.#wake?.();
  }

  #finish(): void {
    if (this.#next.length > 0) this.#openRest();
    this.#depth = IDLE;
    this.#free = !this.#closed;
    if (this.#faults.any) this.#faults.settle();
  }

  #openRest(): void {
    while (this.#next.length > 0) {
      this.#depth += 1;
      this.begin();
      this.#openLevel();
    }
  }

  #openLevel(): void {
    this.#opened = 0;
    // `close` ends it by taking the level away.
    while (this.#opened < this.#level.length) {
      this.#opened += 1;
      this.#level[this.#opened - 1]!.open();
    }
    this.#opened = 0;
    this.#level = [];
  }

  #follow(result: unknown, name: string, subscription: Subscription | undefined): void {
    this.#faults.follow(result, (error) => {
      this.#faults.note({ error, name, subscription });
      this.settle();
    });
  }
}
