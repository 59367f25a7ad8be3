import type { EventOps, EventSubscriber } from './subscriber.js';

/** A subscriber's place in one manager: what the dispatch needs, and what it counts. */
export class Membership {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly subscriber: EventSubscriber;
  /** Whether it is the library's own: its calls aren't counted, nor is it shown. */
  readonly internal: boolean;
  /** Set once, right after: the handle needs the membership, and this the handle. */
  ops!: EventOps;
  /** Handler calls made. */
  dispatched = 0;
  /** Handler calls that threw or rejected. */
  errors = 0;

  constructor(
    place: { id: number; slot: number; generation: number },
    subscriber: EventSubscriber,
    internal: boolean,
  ) {
    this.id = place.id;
    this.slot = place.slot;
    this.generation = place.generation;
    this.subscriber = subscriber;
    this.internal = internal;
  }
}
