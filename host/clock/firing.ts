import { TimeEvent } from '../contract/index.js';
import { type Tick, tickOf } from './recurrence.js';
import { RecurringTimer, type Timer } from './timer.js';
import type { TimerQueue } from './timer-queue.js';

/**
 * The event of a timer whose time has come, which then has its next time, or is out of its queue:
 * all is done before its handler is called. A schedule that fails ends with this event, and
 * `onScheduleError`, which must not throw, is told.
 */
export function takeEvent(
  queue: TimerQueue,
  timer: Timer,
  now: bigint,
  onScheduleError: (error: unknown) => void,
): TimeEvent {
  if (timer instanceof RecurringTimer) {
    const { time, count, next } = nextTick(timer, now, onScheduleError);
    const event = new TimeEvent(timer.name, time, now, count);
    if (next === undefined) end(queue, timer);
    else queue.rearm(timer, next);
    return event;
  }
  const event = new TimeEvent(timer.name, timer.time, now);
  end(queue, timer);
  return event;
}

function end(queue: TimerQueue, timer: Timer): void {
  queue.remove(timer);
  timer.owner.forget(timer);
}

function nextTick(
  timer: RecurringTimer,
  now: bigint,
  onScheduleError: (error: unknown) => void,
): Tick {
  try {
    return tickOf(timer.recurrence, timer.missed, timer.time, now);
  } catch (error) {
    onScheduleError(error);
    return { time: timer.time, count: 1, next: undefined };
  }
}
