import {
  beforeClose,
  checkDelay,
  checkInterest,
  checkOptions,
  checkSignal,
  closedError,
  EventManagerError,
  type EventOps,
  EventSet,
  type EventSubscriber,
  Events,
  type FdSource,
  fdOf,
  type SubscriberId,
} from '../contract/index.js';
import type { Internals } from './internals.js';

export interface WatchOptions {
  /** Ends the waiting: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

export interface ReadinessOptions extends WatchOptions {
  /** Milliseconds until ERR_TIMED_OUT, 0 to 2³¹−1. Default: none. */
  timeout?: number;
}

/** Awaiting a fd, in Node's own loop: nothing blocks, and the manager needn't be attached. */
export interface Readiness {
  /**
   * The events of a fd, one at a time. Whenever you ask for the next one, what is ready then is
   * reported: read all there is, or part of it; EDGE_TRIGGERED changes nothing. The fd is
   * registered from the first step until the loop is left, and shared with whoever else awaits or
   * shares it (`EventOps.share`).
   *
   * The iteration throws what `attach` and `EventOps.share` throw, the signal's reason, ERR_CLOSED
   * when the manager is stopped or closed, ERR_NOT_REGISTERED when the fd was closed and its
   * number is someone else's. It ends when its source, one of this library's, is closed.
   *
   * @example
   * for await (const events of manager.watch(tun, EventSet.IN, { signal })) {
   *   if (events.readable) handlePacket(readSync(tun, packet));
   * }
   */
  watch(source: FdSource, set: EventSet, options?: WatchOptions): AsyncIterableIterator<Events>;

  /**
   * Waits until a fd can be read, and tells what happened: it may have hung up, or failed, instead.
   *
   * @throws as `watch`, by rejection; ERR_TIMED_OUT; ERR_CLOSED when its source is closed
   */
  readable(source: FdSource, options?: ReadinessOptions): Promise<Events>;

  /** Waits until a fd can be written, or a connect has ended: see `readable`. */
  writable(source: FdSource, options?: ReadinessOptions): Promise<Events>;
}

/** Where a wait registers its fd. */
interface Subscribable {
  addSubscriber(subscriber: EventSubscriber): SubscriberId;
  removeSubscriber(id: SubscriberId): unknown;
}

/** See `Readiness.watch`. Arguments are checked at once, the rest is done by the first step. */
export function watch(
  manager: Subscribable,
  internals: Internals,
  source: FdSource,
  set: EventSet,
  options: WatchOptions = {},
): AsyncIterableIterator<Events> {
  const events = awaited(source, set);
  checkOptions('watch', options, { signal: true });
  const signal = checkSignal(options.signal);
  return steps(() => new Wait(manager, internals, source, events, signal));
}

/** See `Readiness.readable`. */
export async function once(
  manager: Subscribable,
  internals: Internals,
  source: FdSource,
  set: EventSet,
  options: ReadinessOptions,
): Promise<Events> {
  const events = awaited(source, set);
  checkOptions('readable and writable', options, { signal: true, timeout: true });
  const timeout = checkDelay(options.timeout);
  const wait = new Wait(manager, internals, source, events, checkSignal(options.signal));
  const expire = () => {
    // What is ready by now is not too late.
    internals.driver.queued();
    setImmediate(() => wait.fail(timedOutError(events.fd, timeout!)));
  };
  const timer = timeout === undefined ? undefined : setTimeout(expire, timeout);
  try {
    const event = await wait.next();
    if (!event) throw closedSourceError(events.fd);
    return event;
  } finally {
    clearTimeout(timer);
    wait.end();
  }
}

/** One event, and then it has to be armed again, so that nobody is told faster than he asks. */
function awaited(source: FdSource, set: EventSet): Events {
  const { fd, eventSet } = new Events(fdOf(source), set);
  const armed = ((eventSet & ~EventSet.EDGE_TRIGGERED) | EventSet.ONE_SHOT) >>> 0;
  checkInterest(armed, fd);
  return new Events(fd, armed);
}

async function* steps(begin: () => Wait): AsyncGenerator<Events, void, undefined> {
  const wait = begin();
  try {
    for (let event = await wait.next(); event; event = await wait.next()) yield event;
  } finally {
    wait.end();
  }
}

/** Who awaits a fd, maybe with others: a subscriber, for whose sake the manager is attached. */
class Wait implements EventSubscriber {
  readonly #manager: Subscribable;
  readonly #internals: Internals;
  readonly #source: FdSource;
  readonly #watched: Events;
  readonly #signal: AbortSignal | undefined;
  readonly #id: SubscriberId;
  readonly #onAbort = () => this.fail(this.#signal?.reason);
  #ops!: EventOps;
  #settle: { resolve: (events?: Events) => void; reject: (error: unknown) => void } | undefined;
  #failure: { error: unknown } | undefined;
  /** Whether the source was closed. */
  #over = false;
  /** The source needs to know of the wait no more. */
  #forget: (() => void) | undefined;

  constructor(
    manager: Subscribable,
    internals: Internals,
    source: FdSource,
    watched: Events,
    signal: AbortSignal | undefined,
  ) {
    this.#manager = manager;
    this.#internals = internals;
    this.#source = source;
    this.#watched = watched;
    this.#signal = signal;
    signal?.throwIfAborted();
    internals.driver.retain(this);
    try {
      this.#id = manager.addSubscriber(this);
    } catch (error) {
      internals.driver.release(this);
      throw error;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  init(ops: EventOps): void {
    this.#ops = ops;
    ops.share(this.#watched);
    this.#forget = beforeClose(this.#source, () => this.#finish());
  }

  /** The next event, one at a time; undefined once the source was closed. */
  next(): Promise<Events | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        resolve(undefined);
        return;
      }
      if (this.#failure) {
        reject(this.#failure.error);
        return;
      }
      this.#settle = { resolve, reject };
      this.#setReferenced(true);
      try {
        this.#ops.rearm(this.#watched.fd);
      } catch (error) {
        this.fail(error);
      }
    });
  }

  process(events: Events): void {
    this.#setReferenced(false);
    this.#settle?.resolve(events);
    this.#settle = undefined;
  }

  evicted(): void {
    const { fd } = this.#watched;
    const message = `fd ${fd} was closed while it was awaited, and its number has a new owner`;
    this.fail(new EventManagerError('ERR_NOT_REGISTERED', message, { fd }));
  }

  /** With the manager, or removed by someone else. */
  unsubscribed(): void {
    this.fail(closedError());
  }

  /** The manager was stopped or closed. */
  detach(): void {
    this.fail(closedError());
    this.end();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#settle?.reject(this.#failure.error);
    this.#settle = undefined;
  }

  end(): void {
    this.#forget?.();
    this.#failure ??= { error: closedError() };
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#internals.roster.get(this.#id)) this.#manager.removeSubscriber(this.#id);
    this.#internals.driver.release(this);
  }

  /** The source is being closed. */
  #finish(): void {
    this.#over = true;
    this.#settle?.resolve();
    this.#settle = undefined;
    this.end();
  }

  #setReferenced(referenced: boolean): void {
    const member = this.#internals.roster.get(this.#id);
    if (member) this.#internals.liveness.setReferenced(member, referenced);
  }
}

function closedSourceError(fd: number): EventManagerError {
  const message = `fd ${fd} was closed, by its source, while it was awaited`;
  return new EventManagerError('ERR_CLOSED', message, { fd });
}

function timedOutError(fd: number, timeoutMs: number): EventManagerError {
  const message = `fd ${fd} was not ready within ${timeoutMs} ms`;
  return new EventManagerError('ERR_TIMED_OUT', message, { fd });
}
