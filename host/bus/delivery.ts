import type { GoOn } from '../turn/index.js';
import { type DeliveryBounds, queueFull, tooDeep } from './bounds.js';
import { Calls } from './calls.js';
import type { Counters } from './counters.js';
import type { Directory, TopicEntry } from './directory.js';
import { busClosed, type FaultPolicy, Faults } from './faults.js';
import { Handover } from './handover.js';
import type { Errand } from './levels.js';
import type { DeferredDeliveries } from './phase.js';
import type { Origin, Subscription } from './subscription.js';
import { Watchers } from './watchers.js';

/** Nothing is under way: a message is delivered at once. */
const FREE = 0;
/** Handlers are being called: what they send is delivered after their message. */
const DELIVERING = 1;
/** What comes is queued, for a manager's turn or behind what was broken off; or all is closed. */
const QUEUEING = 2;
type State = typeof FREE | typeof DELIVERING | typeof QUEUEING;

/** Its `then` has no frame of JavaScript: it works where the stack has just overflown. */
const SOON = Promise.resolve();

/**
 * Hands messages over, one level after the other: first a message to all whom it reaches, then,
 * in their order, what these have published meanwhile, and so on (S40).
 *
 * Flags are set back without a call, and what is taken is kept before anything is called: so an
 * overflow of the stack loses nothing (S45). A turn may end between any two handlers (S24).
 */
export class Delivery implements DeferredDeliveries {
  readonly calls: Calls;
  readonly watchers = new Watchers();
  readonly #counters: Counters;
  readonly #bounds: DeliveryBounds;
  readonly #faults: Faults;
  readonly #handover: Handover;
  readonly #resume = () => this.#arrive();
  /** Tells the manager that something is to be delivered in its turn; undefined without one. */
  #wake: (() => void) | undefined;
  #state: State = FREE;
  /** The state between two deliveries. */
  #rest: State = FREE;
  #closed = false;

  constructor(
    directory: Directory,
    counters: Counters,
    bounds: DeliveryBounds,
    policy: FaultPolicy,
  ) {
    this.#counters = counters;
    this.#bounds = bounds;
    this.#faults = new Faults(counters, policy);
    this.calls = new Calls(counters, this.#faults, () => this.settle());
    this.#handover = new Handover(this.calls, directory, counters, this.#faults);
  }

  /** From now on nothing is delivered at once, but in a manager's turns. */
  defer(wake: () => void): void {
    this.#wake = wake;
    this.#rest = QUEUEING;
    this.#state = QUEUEING;
  }

  /** Delivers a message, or queues it where that can't be now. */
  publish(entry: TopicEntry, message: unknown, origin?: Origin): void {
    if (this.#state !== FREE) {
      this.#publishLater(entry, message, origin);
      return;
    }
    const { only } = entry;
    if (only !== undefined && origin === undefined && !this.calls.taps.active) {
      this.#publishToOne(only, message, entry.name);
      return;
    }
    this.#handover.round.start(entry, message, origin);
    this.#state = QUEUEING;
    this.#counters.published += 1;
    try {
      this.#deliverNow();
    } catch (error) {
      SOON.then(this.#resume);
      throw error;
    }
  }

  /** The same for what goes to one place. Beyond the bounds, if nobody asks about them first. */
  post(errand: Errand): void {
    const free = this.#state === FREE;
    if (free) this.#handover.errand = errand;
    else if (this.#state === DELIVERING) this.#handover.levels.pushInside(errand);
    else this.#handover.levels.pushOutside(errand);
    errand.taken = true;
    if (this.#state === DELIVERING) return;
    this.#state = QUEUEING;
    try {
      if (free) this.#deliverNow();
      else this.#arrive();
    } catch (error) {
      SOON.then(this.#resume);
      throw error;
    }
  }

  /** @throws ERR_PUBLISH_TOO_DEEP, ERR_QUEUE_FULL when no message can be taken now */
  assertRoom(): void {
    const { depthMax, queueMax } = this.#bounds;
    if (this.#state === DELIVERING && this.#handover.levels.depth >= depthMax)
      throw tooDeep(depthMax);
    if (this.#handover.levels.size >= queueMax) throw queueFull(queueMax);
  }

  /** Whether a message from outside can be taken now. */
  get hasRoom(): boolean {
    return this.#handover.levels.size < this.#bounds.queueMax;
  }

  /** Whether it is closed: nothing is taken any more. */
  get closed(): boolean {
    return this.#closed;
  }

  get due(): boolean {
    return this.#handover.unfinished || this.#handover.levels.size > 0;
  }

  begin(): void {
    this.#handover.levels.admit();
  }

  /** What was queued when the turn began, and what comes of it: the calls made. */
  deliver(goOn?: GoOn): number {
    this.#run(goOn);
    this.watchers.tellRoom();
    this.settle();
    return this.calls.made;
  }

  /** Acts on what went wrong, by the policy, unless a delivery is going on that will. */
  settle(): void {
    if (this.#state !== DELIVERING) this.#faults.settle();
  }

  /** Drops what is queued, and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#rest = QUEUEING;
    if (this.#state === FREE) this.#state = QUEUEING;
    this.#handover.close();
    this.watchers.close();
  }

  /** A message that some of its subscribers have had waits for the others. */
  get queued(): number {
    return (
      this.#handover.levels.size + (this.#handover.unfinished && this.#state !== DELIVERING ? 1 : 0)
    );
  }

  /** The way of most messages: no cursor, as there is nobody whom a throw could cost something. */
  #publishToOne(subscription: Subscription, message: unknown, name: string): void {
    this.#counters.published += 1;
    this.#counters.delivered += 1;
    this.#state = DELIVERING;
    try {
      try {
        const result = subscription.call(message, name);
        if (result !== undefined) this.calls.follow(result, name, subscription);
      } catch (error) {
        this.#faults.noted.push({ error, name, subscription });
      }
      if (this.#handover.levels.deeper) this.#handover.openAll();
    } catch (error) {
      this.#state = QUEUEING;
      SOON.then(this.#resume);
      throw error;
    }
    this.#state = this.#rest;
    if (this.#faults.noted.length > 0) this.#faults.settle();
  }

  #publishLater(entry: TopicEntry, message: unknown, origin: Origin | undefined): void {
    if (this.#closed) throw busClosed();
    this.assertRoom();
    const inside = this.#state === DELIVERING;
    if (inside) this.#handover.levels.pushInside({ entry, message, origin });
    else this.#handover.levels.pushOutside({ entry, message, origin });
    this.#counters.published += 1;
    if (inside) return;
    try {
      this.#arrive();
    } catch (error) {
      SOON.then(this.#resume);
      throw error;
    }
  }

  /**
   * Something waits that came from outside. Whoever calls this and finds the stack at its end
   * has it called again soon, where it isn't.
   */
  #arrive(): void {
    if (this.#state === DELIVERING || this.#closed || !this.due) return;
    if (this.#wake) {
      this.#wake();
      return;
    }
    this.#handover.levels.admit();
    this.#deliverNow();
  }

  #deliverNow(): void {
    this.#run(undefined);
    if (this.#faults.noted.length > 0) this.#faults.settle();
  }

  /** Broken off by an overflow of the stack, it leaves the rest queued. */
  #run(goOn: GoOn | undefined): void {
    this.calls.made = 0;
    this.calls.goOn = goOn;
    this.#state = DELIVERING;
    let state: State = QUEUEING;
    try {
      this.#handover.run();
      state = this.#rest;
    } finally {
      this.#state = state;
    }
  }
}
