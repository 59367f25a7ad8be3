import { internalsOf, provided } from '../attached/index.js';
import type { EventSubscriber } from '../contract/index.js';
import type { EventManager } from '../manager/index.js';
import { Clock } from './clock.js';
import { type LiveTimerSource, LiveTimers } from './live-timers.js';

/**
 * The time of day, and timers that fire in a manager's turns, after its fds.
 *
 * The time is CLOCK_REALTIME as it was when the clock was made, and goes on from there with
 * CLOCK_MONOTONIC: it never goes back, and changes of the date do not reach it. All timers of a
 * manager's clocks wake it by one timerfd, in blocking `run` and attached alike. With `syscalls` of
 * the manager's own, time and timerfd are theirs: on `SimulatedSyscalls`, time is simulated.
 *
 * @example
 * const clock = new LiveClock(manager);
 * clock.setTimer('heartbeat', 1_000_000_000n, { handler: ({ tsEvent }) => beat(tsEvent) });
 */
export class LiveClock extends Clock implements Disposable {
  readonly #timers: LiveTimers;
  readonly #source: LiveTimerSource;
  readonly #monotonicNs: () => bigint;
  /** What is to be added to CLOCK_MONOTONIC. */
  readonly #offset: bigint;

  /**
   * @throws ERR_CLOSED; ERR_SYSTEM, for a manager's first clock (EMFILE);
   * ERR_UNSUPPORTED_PLATFORM where the manager's `syscalls` lack what it needs
   */
  constructor(manager: EventManager<never> | EventManager<EventSubscriber>) {
    super();
    const owner = manager as EventManager<never>;
    const { table } = internalsOf(owner);
    table.assertOpen();
    const calls = provided(table.syscalls, 'a LiveClock', 'monotonicNs', 'realtimeNs');
    this.#monotonicNs = () => calls.monotonicNs();
    this.#offset = calls.realtimeNs() - calls.monotonicNs();
    this.#timers = LiveTimers.of(owner);
    this.#source = {
      earliestMonotonic: () => {
        const first = this.earliest();
        return first === undefined ? undefined : first - this.#offset;
      },
      collect: () => this.takeDue(this.timestampNs()),
      deliver: (occurrence) => this.fire(occurrence, this.timestampNs()) !== undefined,
      cancel: ({ timer }) => void this.cancelTimer(timer.name),
    };
    this.#timers.add(this.#source);
  }

  timestampNs(): bigint {
    return this.#monotonicNs() + this.#offset;
  }

  /** Cancels all timers, and lets go of the manager. */
  dispose(): void {
    this.cancelTimers();
    this.#timers.remove(this.#source);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected override scheduled(time: bigint): void {
    this.#timers.scheduled(time - this.#offset);
  }
}
