import type {
  ErrorContext,
  EventOps,
  EventSubscriber,
  Events,
  SubscriberId,
} from '../contract/index.js';
import type { ShareRecord } from './record.js';

/** Who is called for an event. */
export interface Recipient {
  process(events: Events, ops: EventOps): unknown;
}

/** Who is called in a subscriber's place while a promise of its handler is pending. */
export interface StandIn extends Recipient {
  /** The subscriber's user has paused a fd, which has to stay paused. */
  paused(fd: number): void;
  /** The subscriber was removed. */
  removed(): void;
}

/** A subscriber's place in the tables. */
export interface MemberKey {
  readonly slot: number;
  readonly generation: number;
}

/** A subscriber's membership in one manager: what the dispatch needs, and what it counts. */
export class Member implements MemberKey {
  readonly id: SubscriberId;
  readonly slot: number;
  readonly generation: number;
  readonly subscriber: EventSubscriber;
  /** For errors, prints and metrics. */
  readonly name: string | undefined;
  /** Whether it is the library's own: its calls aren't counted, nor is it shown. */
  readonly internal: boolean;
  readonly ops: EventOps;
  /** The subscriber, or its stand-in. */
  recipient: Recipient;
  standIn: StandIn | undefined = undefined;
  /** What it shares with others, by fd. */
  shares: Map<number, ShareRecord> | undefined = undefined;
  /** Whether its registrations keep an attached manager's process alive. */
  referenced = true;
  /** Handler calls made. */
  dispatched = 0;
  /** Handler calls that threw or rejected. */
  errors = 0;

  constructor(
    id: SubscriberId,
    key: MemberKey,
    subscriber: EventSubscriber,
    internal: boolean,
    opsFor: (member: Member) => EventOps,
  ) {
    this.id = id;
    this.slot = key.slot;
    this.generation = key.generation;
    this.subscriber = subscriber;
    this.name = nameOf(subscriber);
    this.recipient = subscriber;
    this.internal = internal;
    this.ops = opsFor(this);
  }

  /** Whether a promise of its handler is pending, and somebody else gets its events. */
  get waits(): boolean {
    return this.recipient !== this.subscriber;
  }

  /** For who is told of an error: whose it was. */
  context(fd?: number): ErrorContext {
    const { id, name } = this;
    return {
      id,
      ...(fd === undefined ? {} : { fd }),
      ...(name === undefined ? {} : { name }),
    };
  }
}

/** What a user's object has for a name: a string, and not an empty one. */
function nameOf({ name }: EventSubscriber): string | undefined {
  return typeof name === 'string' && name !== '' ? name : undefined;
}
