import { Alarm, type Internals, internalsOf, provided } from '../attached/index.js';
import type { EventManager } from '../manager/index.js';
import type { Hold, Loop, Phase } from '../turn/index.js';
import type { Occurrence } from './timer.js';

/** What the phase needs of a clock; times by CLOCK_MONOTONIC, in nanoseconds. */
export interface LiveTimerSource {
  earliestMonotonic(): bigint | undefined;
  /** Takes out what is due by now. */
  collect(): Occurrence[];
  /** Delivers one of them: whether a handler was called, which may throw. */
  deliver(occurrence: Occurrence): boolean;
  cancel(occurrence: Occurrence): void;
}

/** The live clocks of one manager: one alarm wakes it for whichever timer is the first. */
export class LiveTimers implements Phase {
  readonly #loop: Loop;
  /** A timer that is set keeps an attached manager's process alive. */
  readonly #hold: Hold;
  readonly #alarm: Alarm;
  readonly #monotonicNs: () => bigint;
  readonly #sources = new Set<LiveTimerSource>();
  #armedFor: bigint | undefined;
  #due: { source: LiveTimerSource; occurrences: Occurrence[] }[] = [];

  /** Those of a manager, made on first use. */
  static of(manager: EventManager<never>): LiveTimers {
    const internals = internalsOf(manager);
    return internals.part(LiveTimers, () => new LiveTimers(internals));
  }

  private constructor(internals: Internals) {
    this.#loop = internals.loop;
    this.#hold = internals.liveness.hold();
    const syscalls = provided(internals.table.syscalls, 'a LiveClock', 'monotonicNs');
    this.#monotonicNs = () => syscalls.monotonicNs();
    this.#alarm = new Alarm(internals, 'a LiveClock');
    this.#loop.addPhase('timers', this);
  }

  add(source: LiveTimerSource): void {
    this.#sources.add(source);
  }

  remove(source: LiveTimerSource): void {
    this.#sources.delete(source);
    this.reschedule();
  }

  /** A timer was set: mostly one that is later than the first, and changes nothing. */
  scheduled(time: bigint): void {
    if (this.#armedFor === undefined || time < this.#armedFor) this.reschedule();
  }

  /** Sets the alarm for the first timer of all. */
  reschedule(): void {
    if (this.#alarm.closed) return;
    const first = this.#earliest();
    if (first === this.#armedFor) return;
    this.#armedFor = first;
    this.#hold.active = first !== undefined;
    this.#alarm.set(first);
  }

  get due(): boolean {
    const first = this.#earliest();
    return first !== undefined && first <= this.#monotonicNs();
  }

  begin(): void {
    this.#due = [];
    for (const source of this.#sources) {
      const occurrences = source.collect();
      if (occurrences.length > 0) this.#due.push({ source, occurrences });
    }
    if (this.#due.length > 0) this.reschedule();
  }

  deliver(): number {
    let calls = 0;
    const due = this.#due;
    this.#due = [];
    for (const { source, occurrences } of due) {
      for (const occurrence of occurrences) {
        try {
          if (source.deliver(occurrence)) calls += 1;
        } catch (error) {
          calls += 1;
          this.#loop.faults.noteFrom(error, () => source.cancel(occurrence));
        }
      }
    }
    return calls;
  }

  #earliest(): bigint | undefined {
    let first: bigint | undefined;
    for (const source of this.#sources) {
      const time = source.earliestMonotonic();
      if (time !== undefined && (first === undefined || time < first)) first = time;
    }
    return first;
  }
}
