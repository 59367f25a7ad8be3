import type { EventOps, EventSubscriber, Events, SubscriberId } from 'wasm-event-manager';
import type { Operation } from '../program.js';

/** Whom a member tells. */
export interface Told {
  processed(member: MemberModel, events: Events): void | Promise<void>;
  evicted(member: MemberModel, events: Events): void;
}

/** A subscriber that does what the program says, and what it should have. */
export class MemberModel implements EventSubscriber {
  id!: SubscriberId<MemberModel>;
  ops!: EventOps;
  /** What its next handlers are to do. */
  readonly reactions: (readonly Operation[])[] = [];
  left = false;
  unsubscriptions = 0;
  readonly #told: Told;

  constructor(told: Told) {
    this.#told = told;
  }

  process(events: Events): void | Promise<void> {
    return this.#told.processed(this, events);
  }

  evicted(events: Events): void {
    this.#told.evicted(this, events);
  }

  unsubscribed(): void {
    this.unsubscriptions += 1;
  }
}
