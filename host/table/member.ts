import type { EventOps, EventSubscriber, Events } from '../contract/index.js';
import type { Share } from '../sharing/index.js';

/** Who is called for an event. */
export interface Recipient {
  process(events: Events, ops: EventOps): void | Promise<void>;
}

/** A subscriber's place in one manager: what the dispatch needs, and what it counts. */
export class Membership {
  readonly id: number;
  readonly slot: number;
  readonly generation: number;
  readonly subscriber: EventSubscriber;
  /** The subscriber; while a promise of its handler is pending, who stands in for it. */
  recipient: Recipient;
  /** Who does, to be told what the user pauses meanwhile. */
  pending: { paused(fd: number): void } | undefined = undefined;
  /** What it shares with others, by fd. */
  shares: Map<number, Share> | undefined = undefined;
  /** Whether its registrations keep an attached manager's process alive. */
  referenced = true;
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
    this.recipient = subscriber;
    this.internal = internal;
  }
}
