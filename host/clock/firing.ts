import { TimeEvent } from '../contract/index.js';
import { type Tick, tickOf } from './recurrence.js';
import { RecurringTimer, type Timer } from './timer.js';
import type { TimerQueue } from './timer-queue.js';

/** What came of a timer's event. */
export interface Fired {
  readonly event: TimeEvent;
  /** What the handler has returned. */
  readonly result: unknown;
}

/**
 * Fires a timer that is in its queue. Before its handler is called, the timer has its next time, or
 * is out of the queue. A schedule that fails has ended, with this event; `onScheduleError` is told.
 *
 * @throws what the handler throws
 */
export function fire(
  queue: TimerQueue,
  timer: Timer,
  now: bigint,
  onScheduleError: (error: unknown) => void,
): Fired {
  const tick = nextTick(timer, now, onScheduleError);
  if (tick.next === undefined) {
    queue.remove(timer);
    timer.owner.forget(timer);
  } else {
    queue.rearm(timer, tick.next);
  }
  const event = new TimeEvent(timer.name, tick.time, now, tick.count);
  return { event, result: timer.handler(event) };
}

function nextTick(timer: Timer, now: bigint, onScheduleError: (error: unknown) => void): Tick {
  const { time } = timer;
  if (!(timer instanceof RecurringTimer)) return { time, count: 1, next: undefined };
  try {
    return tickOf(timer.recurrence, timer.missed, time, now);
  } catch (error) {
    onScheduleError(error);
    return { time, count: 1, next: undefined };
  }
}
