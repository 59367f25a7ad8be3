import { inspect } from 'node:util';
import { checkEventSet, EventSet, invalidType, printed } from '../contract/index.js';

/**
 * What to be told of a source. Immutable. Level-triggered, as all of this library, until
 * `edgeTriggered` says otherwise; mio's interests always are edge-triggered.
 *
 * @example
 * registry.register(socket, Token(1), Interest.READABLE.add(Interest.WRITABLE).edgeTriggered());
 */
export class Interest {
  /** IN, and READ_HANG_UP so that `readClosed` can be told. */
  static readonly READABLE = new Interest(EventSet.IN | EventSet.READ_HANG_UP);
  /** OUT. */
  static readonly WRITABLE = new Interest(EventSet.OUT);
  /** PRIORITY: exceptional conditions. */
  static readonly PRIORITY = new Interest(EventSet.PRIORITY);

  readonly eventSet: EventSet;

  /** @throws RangeError for unknown flags */
  constructor(set: EventSet) {
    this.eventSet = checkEventSet(set);
  }

  /** Both. */
  add(other: Interest): Interest {
    return new Interest((this.eventSet | interestSet(other)) >>> 0);
  }

  /** What is left without the other's flags. */
  remove(other: Interest): Interest {
    return new Interest((this.eventSet & ~interestSet(other)) >>> 0);
  }

  /** Told once for each change. */
  edgeTriggered(): Interest {
    return this.add(new Interest(EventSet.EDGE_TRIGGERED));
  }

  /** Told once, and then not until `reregister`: one event goes to one thread of several. */
  oneShot(): Interest {
    return this.add(new Interest(EventSet.ONE_SHOT));
  }

  /**
   * Of several polls that watch the source, not all are woken. The kernel doesn't allow it beside
   * READ_HANG_UP, which is left out, and refuses to `reregister`.
   */
  exclusive(): Interest {
    const set = (this.eventSet & ~EventSet.READ_HANG_UP) | EventSet.EXCLUSIVE;
    return new Interest(set >>> 0);
  }

  get isReadable(): boolean {
    return (this.eventSet & EventSet.IN) !== 0;
  }
  get isWritable(): boolean {
    return (this.eventSet & EventSet.OUT) !== 0;
  }
  get isPriority(): boolean {
    return (this.eventSet & EventSet.PRIORITY) !== 0;
  }

  equals(other: Interest): boolean {
    return this.eventSet === other.eventSet;
  }

  toString(): string {
    return EventSet.format(this.eventSet);
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return printed('Interest', this.toString());
  }
}

/** The flags of an interest, or of a plain event set. */
export function interestSet(interest: Interest | EventSet): EventSet {
  if (interest instanceof Interest) return interest.eventSet;
  if (typeof interest === 'number') return checkEventSet(interest);
  throw invalidType('An interest', 'an Interest or an event set', interest);
}
