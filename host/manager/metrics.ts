import type { Internals } from '../attached/index.js';
import { checkOptions, type SubscriberId } from '../contract/index.js';

/** Counters since the manager was made, and gauges of the moment. */
export interface Metrics {
  /** Calls of epoll_wait(2). */
  readonly waits: number;
  /** Waits that a signal ended (EINTR). */
  readonly interrupted: number;
  /** Handler calls made, injected events included. */
  readonly dispatched: number;
  /** Events queued with `inject`. */
  readonly injected: number;
  /** Handler calls that threw or rejected. */
  readonly handlerErrors: number;
  /**
   * Kernel events. Each is delivered, stale, discarded, withdrawn, or, where a turn's budget was
   * used up, still to be delivered.
   */
  readonly received: number;
  /** Kernel events of registrations that were gone. */
  readonly stale: number;
  /** Kernel events of paused or disarmed registrations. */
  readonly discarded: number;
  /**
   * Kernel events taken back before their delivery: an earlier handler of the batch removed or
   * paused the registration, or asks for other events now.
   */
  readonly withdrawn: number;
  /** Runs of stale events that made a ghost: a closed fd whose file lives on elsewhere. */
  readonly ghosts: number;
  /** Times the epoll instance was replaced, to be rid of ghosts. */
  readonly rebuilds: number;
  /** Registrations whose end the kernel had seen first: their fd was closed before `remove`. */
  readonly gone: number;
  /** Registrations found dead when their number was registered anew. */
  readonly evicted: number;
  /** Hang-ups that were ignored until the loop was spinning. */
  readonly hangUpStorms: number;

  /** Registrations now; one that is shared counts for each who shares it. */
  readonly registrations: number;
  /** Subscribers now. */
  readonly subscribers: number;
  /** Events that one wait can bring now. */
  readonly capacity: number;
  /** Bytes of Wasm memory that the tables have taken. */
  readonly memoryBytes: number;
}

export interface MetricsOptions {
  /** What each subscriber has had, too, which takes a walk over all of them. Default false. */
  perSubscriber?: boolean;
}

/** Those of the subscribers, too. */
export interface DetailedMetrics extends Metrics {
  /** What each subscriber of now has had; in JSON an object, by id. */
  readonly perSubscriber: ReadonlyMap<SubscriberId, SubscriberMetrics>;
}

export interface SubscriberMetrics {
  /** Its `name`, where it has one. */
  readonly name?: string;
  readonly dispatched: number;
  readonly errors: number;
  readonly registrations: number;
}

/** A Map that JSON has as an object, and not as an empty one. */
class PerSubscriber extends Map<SubscriberId, SubscriberMetrics> {
  toJSON(): Record<string, SubscriberMetrics> {
    return Object.fromEntries(this);
  }
}

function readSubscribers({ table, roster }: Internals): PerSubscriber {
  const all = new PerSubscriber();
  for (const member of roster.list()) {
    const { id, name, dispatched, errors } = member;
    const { length: registrations } = table.watchList(member);
    const counts = { dispatched, errors, registrations };
    all.set(id, name === undefined ? counts : { name, ...counts });
  }
  return all;
}

/** Reads all counters at once; without `perSubscriber` in a time that grows with nothing. */
export function readMetrics(internals: Internals, options: MetricsOptions): Metrics {
  const { table, roster, loop } = internals;
  table.assertOpen();
  checkOptions('metrics', options, { perSubscriber: true });
  const { exports } = table.core;
  return {
    waits: loop.waiting.waits,
    interrupted: loop.waiting.interrupted,
    dispatched: loop.dispatched,
    injected: loop.injections.total,
    handlerErrors: loop.faults.count,
    received: exports.received.value,
    stale: exports.stale.value,
    discarded: exports.discarded.value,
    withdrawn: exports.withdrawn.value,
    ghosts: exports.ghosts.value,
    rebuilds: table.rebuilds,
    gone: exports.gone.value,
    evicted: table.evictions,
    hangUpStorms: loop.hangUps.storms,
    registrations: exports.registrationCount() - roster.ownRegistrations + roster.shares,
    subscribers: roster.size,
    capacity: exports.readyCapacity(),
    memoryBytes: exports.memoryUsed() >>> 0,
    ...(options.perSubscriber ? { perSubscriber: readSubscribers(internals) } : {}),
  };
}
