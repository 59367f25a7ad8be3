import { Alarm, type Internals, internalsOf, provided } from '../attached/index.js';
import { assertStackRoom, type ErrorContext, isThenable } from '../contract/index.js';
import type { EventManager } from '../manager/index.js';
import type { GoOn, Hold, Loop, Phase } from '../turn/index.js';
import { takeEvent } from './firing.js';
import { Round } from './round.js';
import { RecurringTimer, Timeout, type Timer, type TimerOwner } from './timer.js';
import { TimerQueue, type TimerSet, timeOf } from './timer-queue.js';

/**
 * The timers of one manager's live clocks, in one queue: one alarm wakes it for the first of them.
 *
 * The alarm is never set for later than the first timer. It may be for earlier, when that was
 * cancelled: it is put right before each wait, and not at each cancellation.
 */
export class LiveTimers implements Phase, TimerSet {
  readonly #loop: Loop;
  /** A timer that is set keeps an attached manager's process alive. */
  readonly #hold: Hold;
  readonly #alarm: Alarm;
  readonly #monotonicNs: () => bigint;
  readonly #queue: TimerQueue;
  readonly #round: Round;
  /** Those withheld as their handlers' promises are pending. */
  readonly #pending = new Set<Timer>();
  readonly #closers = new Set<() => void>();
  readonly #noteError = (error: unknown) => this.#loop.faults.noteFrom(error, nothing);
  #armedFor: bigint | undefined;
  #delivering = false;

  /** Those of a manager, made on first use. */
  static of(manager: EventManager<never>): LiveTimers {
    const internals = internalsOf(manager);
    return internals.part(LiveTimers, () => new LiveTimers(internals));
  }

  private constructor(internals: Internals) {
    this.#loop = internals.loop;
    this.#queue = new TimerQueue(internals.module);
    this.#round = new Round(this.#queue);
    this.#hold = internals.liveness.hold();
    const syscalls = provided(internals.table.syscalls, 'a LiveClock', 'monotonicNs');
    this.#monotonicNs = () => syscalls.monotonicNs();
    this.#alarm = new Alarm(internals, 'a LiveClock');
    this.#loop.addPhase('timers', this);
    internals.onClose(() => {
      for (const close of [...this.#closers]) close();
    });
  }

  /** Has `close` called when the manager is closed. Answers how to stop that. */
  onClose(close: () => void): () => void {
    const closer = () => {
      try {
        close();
      } catch (error) {
        this.#loop.faults.report(error, {});
      }
    };
    this.#closers.add(closer);
    return () => void this.#closers.delete(closer);
  }

  /** @throws ERR_OUT_OF_MEMORY; EMFILE */
  add(timer: Timer): void {
    // What can fail comes first: an alarm too early does no harm.
    const time = timeOf(timer);
    this.#wakeBy(time);
    const first = this.#queue.size === 0;
    if (first) assertStackRoom();
    this.#queue.add(timer, time);
    if (first) this.#hold.active = true;
  }

  remove(timer: Timer): void {
    const last = this.#queue.size === 1;
    if (last) assertStackRoom();
    this.#queue.remove(timer);
    if (this.#pending.size > 0) this.#pending.delete(timer);
    if (last) this.#hold.active = false;
  }

  timersOf(owner: TimerOwner): Timer[] {
    return this.#queue.timersOf(owner);
  }

  /** Asked before each wait, it also sees to the alarm. */
  get due(): boolean {
    this.#round.settle();
    if (this.#pending.size > 0 && !this.#serial) this.#releasePending();
    if (!this.#setAlarm()) return true;
    const first = this.#queue.first();
    return first !== undefined && timeOf(first) <= this.#monotonicNs();
  }

  begin(): void {
    if (this.#queue.size === 0 && this.#armedFor === undefined) return;
    const now = this.#monotonicNs();
    if (this.#armedFor !== undefined && this.#armedFor <= now) this.#armedFor = undefined;
    this.#round.begin(now);
  }

  deliver(goOn: GoOn): number {
    let timer = this.#round.next();
    if (!timer) {
      this.#round.settle();
      return 0;
    }
    assertStackRoom();
    let calls = 0;
    let fired = 0;
    this.#delivering = true;
    try {
      do {
        this.#fire(timer);
        fired += 1;
        if (!(timer instanceof Timeout)) calls += 1;
        timer = this.#round.next();
      } while (timer && goOn(fired));
    } finally {
      this.#delivering = false;
      this.#round.settle();
      this.#hold.active = this.#queue.size > 0;
      this.#setAlarm();
    }
    return calls;
  }

  #fire(timer: Timer): void {
    const { faults } = this.#loop;
    const now = this.#monotonicNs() + timer.owner.offsetNs;
    try {
      const result = timer.handler(takeEvent(this.#queue, timer, now, this.#noteError));
      if (isThenable(result)) this.#follow(result, timer);
    } catch (error) {
      faults.noteFrom(error, () => cancel(timer), contextOf(timer));
    }
    this.#round.pace(timer);
  }

  /** A handler's promise: a rejection counts as a throw, and its timer waits for it. */
  #follow(promise: PromiseLike<unknown>, timer: Timer): void {
    if (this.#serial && timer instanceof RecurringTimer && timer.active) {
      this.#queue.withhold(timer);
      timer.pending = promise;
      this.#pending.add(timer);
    }
    const { faults } = this.#loop;
    const settled = () => {
      this.#settled(timer, promise);
      if (!this.#loop.running) faults.settleOutside();
    };
    // A promise of the library's own: what a thenable throws rejects it.
    new Promise((resolve) => resolve(promise)).then(settled, (error: unknown) => {
      faults.noteFrom(error, () => cancel(timer), contextOf(timer));
      settled();
    });
  }

  #settled(timer: Timer, promise: unknown): void {
    if (timer instanceof RecurringTimer && timer.pending === promise) this.#release(timer);
  }

  /** Lets a timer whose promise was pending have its turns again, if it is set still. */
  #release(timer: Timer): void {
    if (!this.#pending.delete(timer)) return;
    this.#queue.release(timer);
    this.#setAlarm();
  }

  /** In a blocking `run` no promise settles: nobody waits for one there. */
  #releasePending(): void {
    for (const timer of [...this.#pending]) this.#release(timer);
  }

  /** Whether handlers' promises are waited for. */
  get #serial(): boolean {
    return this.#loop.attached;
  }

  /** Sees to it that the manager wakes by then. In the middle of a delivery that comes later. */
  #wakeBy(time: bigint): void {
    if (this.#delivering || (this.#armedFor !== undefined && this.#armedFor <= time)) return;
    assertStackRoom();
    this.#alarm.set(time);
    this.#armedFor = time;
  }

  /** Sets the alarm for the first timer, or for none: whether that went well. */
  #setAlarm(): boolean {
    const first = this.#queue.first();
    const time = first && timeOf(first);
    if (time === this.#armedFor) return true;
    try {
      this.#alarm.set(time);
      this.#armedFor = time;
      return true;
    } catch (error) {
      this.#noteError(error);
      return false;
    }
  }
}

function cancel(timer: Timer): void {
  timer.owner.cancel(timer);
}

function nothing(): void {}

/** For who is told of an error: the timer's name, where it has one. */
function contextOf({ name }: Timer): ErrorContext {
  return name === '' ? {} : { name };
}
