import { internalsOf, provided } from '../attached/index.js';
import type { EventSubscriber } from '../contract/index.js';
import { assertStackRoom } from '../contract/index.js';
import type { EventManager } from '../manager/index.js';
import { Clock } from './clock.js';
import { LiveTimers } from './live-timers.js';

/**
 * The time of day, and timers that fire in the turns of an event manager, after its fds.
 *
 * The clock reads CLOCK_REALTIME once, when it is made, and goes on from there with
 * CLOCK_MONOTONIC: it never goes back, and changes of the date do not reach it. One timerfd wakes
 * the event manager for all timers of its clocks, in blocking `run` and attached. If the event
 * manager has `syscalls` of its own, the clock uses their time and timerfd: on `SimulatedSyscalls`
 * time is simulated; and its timers are in a core of that manager's `module`.
 *
 * What a handler throws goes by the manager's `onHandlerError`, as does the rejection of a promise
 * that it returns; `'remove'` cancels the timer. While the manager is attached, a timer whose
 * handler's promise is pending waits for it: its events of that time have been missed, and go by
 * `missed` when it settles. In a blocking `run`, where no promise settles, each event calls the
 * handler.
 *
 * @example
 * const clock = new LiveClock(manager);
 * clock.setTimer('heartbeat', 1_000_000_000n, { handler: ({ tsEvent }) => beat(tsEvent) });
 */
export class LiveClock extends Clock implements Disposable {
  readonly #monotonicNs: () => bigint;
  /** What is to be added to CLOCK_MONOTONIC. */
  readonly #offset: bigint;
  readonly #leave: () => void;

  /**
   * @throws ERR_CLOSED; EMFILE, for a manager's first clock;
   * ERR_UNSUPPORTED_PLATFORM where the manager's `syscalls` lack what it needs
   */
  constructor(manager: EventManager<never> | EventManager<EventSubscriber>) {
    const owner = manager as EventManager<never>;
    const { table } = internalsOf(owner);
    table.assertOpen();
    const calls = provided(table.syscalls, 'a LiveClock', 'monotonicNs', 'realtimeNs');
    const timers = LiveTimers.of(owner);
    const offset = calls.realtimeNs() - calls.monotonicNs();
    super(timers, offset);
    this.#monotonicNs = () => calls.monotonicNs();
    this.#offset = offset;
    this.#leave = timers.onClose(() => this.dispose());
  }

  timestampNs(): bigint {
    return this.#monotonicNs() + this.#offset;
  }

  /**
   * Cancels all timers, those without a name included, and lets go of the manager. From then on a
   * timer can't be set: ERR_CLOSED. It still tells the time. Idempotent; closing the manager does
   * it too. Where it has timers without a name, it looks through all of the manager's.
   */
  dispose(): void {
    assertStackRoom();
    this.#leave();
    this.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
