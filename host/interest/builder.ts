import { inspect } from 'node:util';
import {
  checkCount,
  checkEventSet,
  EventSet,
  type FdSource,
  fdOf,
  invalidType,
  printed,
  type SubscriberOps,
  shown,
} from '../contract/index.js';
import {
  type Description,
  type EndReason,
  type InterestHandler,
  type InterestSource,
  isEventSource,
  type Registration,
} from './registration.js';
import { InterestSubscriber } from './subscriber.js';

/**
 * Starts a description of what to watch. Every step returns a new value, so that a description
 * can be kept and used for many fds.
 *
 * @example
 * const registration = interest()
 *   .read()
 *   .edgeTriggered()
 *   .withFd(eventFd)
 *   .withHandler(({ source, registration }) => {
 *     if (source.read() === 3n) registration.remove();
 *   })
 *   .registerInto(manager);
 */
export function interest(set: EventSet = EventSet.EMPTY): Interest {
  return new Interest(set);
}

/** An immutable event set, under construction. */
export class Interest {
  readonly eventSet: EventSet;

  constructor(set: EventSet) {
    this.eventSet = checkEventSet(set);
  }

  read(): Interest {
    return this.#with(EventSet.IN);
  }
  removeRead(): Interest {
    return this.#without(EventSet.IN);
  }
  write(): Interest {
    return this.#with(EventSet.OUT);
  }
  removeWrite(): Interest {
    return this.#without(EventSet.OUT);
  }
  readWrite(): Interest {
    return this.#with(EventSet.IN | EventSet.OUT);
  }
  removeReadWrite(): Interest {
    return this.#without(EventSet.IN | EventSet.OUT);
  }
  priority(): Interest {
    return this.#with(EventSet.PRIORITY);
  }
  removePriority(): Interest {
    return this.#without(EventSet.PRIORITY);
  }
  readHangUp(): Interest {
    return this.#with(EventSet.READ_HANG_UP);
  }
  removeReadHangUp(): Interest {
    return this.#without(EventSet.READ_HANG_UP);
  }
  edgeTriggered(): Interest {
    return this.#with(EventSet.EDGE_TRIGGERED);
  }
  removeEdgeTriggered(): Interest {
    return this.#without(EventSet.EDGE_TRIGGERED);
  }
  oneShot(): Interest {
    return this.#with(EventSet.ONE_SHOT);
  }
  removeOneShot(): Interest {
    return this.#without(EventSet.ONE_SHOT);
  }
  wakeUp(): Interest {
    return this.#with(EventSet.WAKE_UP);
  }
  removeWakeUp(): Interest {
    return this.#without(EventSet.WAKE_UP);
  }
  exclusive(): Interest {
    return this.#with(EventSet.EXCLUSIVE);
  }
  removeExclusive(): Interest {
    return this.#without(EventSet.EXCLUSIVE);
  }

  /** The same flags, in any order of steps. */
  equals(other: Interest): boolean {
    return this.eventSet === other.eventSet;
  }

  /** The flags by name: 'IN|EDGE_TRIGGERED'. */
  toString(): string {
    return EventSet.format(this.eventSet);
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return printed('Interest', this.toString());
  }

  /**
   * What to watch: a fd, an object that wraps one, or a source that registers itself. The
   * caller goes on owning it. When a source of this library is closed, its registration ends.
   */
  withFd<T extends InterestSource>(source: T): InterestWithFd<T> {
    fdOf(source);
    return new InterestWithFd({ set: this.eventSet, source, shared: false, owned: undefined });
  }

  /**
   * The same, with ownership: the source is closed when the registration ends, by `remove`, with
   * its subscriber, or with the manager. When `registerInto` throws it is still the caller's.
   */
  withOwned<T extends InterestSource & { close(): void }>(source: T): InterestWithFd<T> {
    fdOf(source);
    return new InterestWithFd({ set: this.eventSet, source, shared: false, owned: source });
  }

  /**
   * What to watch beside others who do so too: see `EventOps.share`. The caller goes on owning it.
   */
  withShared<T extends FdSource>(source: T): InterestWithFd<T> {
    fdOf(source);
    if (isEventSource(source)) {
      throw invalidType('A shared source', 'one that does not register itself', source);
    }
    return new InterestWithFd({ set: this.eventSet, source, shared: true, owned: undefined });
  }

  #with(set: EventSet): Interest {
    return new Interest(this.eventSet | set);
  }

  #without(set: EventSet): Interest {
    return new Interest(this.eventSet & ~set);
  }
}

/** What is watched, and for what. */
type Watched<T extends InterestSource> = Omit<
  Description<T>,
  'handler' | 'onEnd' | 'name' | 'level'
>;

/** An interest in a certain fd. */
export class InterestWithFd<T extends InterestSource> {
  readonly #watched: Watched<T>;

  /** @internal */
  constructor(watched: Watched<T>) {
    this.#watched = watched;
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return printed('InterestWithFd', ...describe(this.#watched));
  }

  /** What to call for each event. */
  withHandler(handler: InterestHandler<T>): InterestWithHandler<T> {
    if (typeof handler !== 'function') throw invalidType('A handler', 'a function', handler);
    return new InterestWithHandler({
      ...this.#watched,
      handler,
      onEnd: undefined,
      name: undefined,
      level: 0,
    });
  }
}

/** A complete description: registers as often as you like, once for each manager. */
export class InterestWithHandler<T extends InterestSource> {
  readonly #description: Description<T>;

  /** @internal */
  constructor(description: Description<T>) {
    this.#description = description;
  }

  /**
   * What to call once when the registration has ended: `'evicted'` when its fd was closed without
   * `remove` and the number came back as another file, `'removed'` otherwise.
   */
  withEnd(onEnd: (reason: EndReason) => void): InterestWithHandler<T> {
    if (typeof onEnd !== 'function') throw invalidType('What is told', 'a function', onEnd);
    return new InterestWithHandler({ ...this.#description, onEnd });
  }

  /** Tells it from others in errors, prints and metrics. */
  withName(name: string): InterestWithHandler<T> {
    if (typeof name !== 'string') throw invalidType('A name', 'a string', name);
    return new InterestWithHandler({ ...this.#description, name });
  }

  /** Served before lower ones of a batch: −128 to 127, see `EventOps.setPriority`. */
  withPriority(level: number): InterestWithHandler<T> {
    checkCount('A priority', level, -128, 127);
    return new InterestWithHandler({ ...this.#description, level });
  }

  /** @internal What `console.log` shows. */
  [inspect.custom](): string {
    return printed('InterestWithHandler', ...describe(this.#description));
  }

  /**
   * Adds a subscriber of its own for this fd.
   *
   * @throws what `EventOps.add` throws; then nothing was added
   */
  registerInto(manager: SubscriberOps<never>): Registration {
    return new InterestSubscriber(manager, this.#description).enter();
  }
}

function describe<T extends InterestSource>(watched: Watched<T> & { name?: string | undefined }) {
  const { name, set, source, shared, owned } = watched;
  return [
    name && JSON.stringify(name),
    EventSet.format(set),
    typeof source === 'number' ? `fd: ${source}` : shown(source),
    shared && 'shared',
    owned && 'owned',
  ];
}
