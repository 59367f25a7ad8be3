import { Bell, type Internals, internalsOf } from '../attached/index.js';
import type { EventManager } from '../manager/index.js';
import type { GoOn, Hold, Loop, Phase } from '../turn/index.js';

/** A bus, as far as the phase is concerned. */
export interface DeferredDeliveries {
  readonly due: boolean;
  begin(): void;
  /** The calls made. Throws, if at all, the overflow of a stack, and has lost nothing then. */
  deliver(goOn?: GoOn): number;
}

/** The buses of one manager: the last part of each of its turns. */
export class BusPhase implements Phase {
  readonly #loop: Loop;
  /** A message that waits keeps an attached manager's process alive. */
  readonly #hold: Hold;
  readonly #bell: Bell;
  readonly #buses = new Set<DeferredDeliveries>();
  readonly #closers = new Map<DeferredDeliveries, () => void>();
  /** Those that take part in the present turn. */
  #present: DeferredDeliveries[] = [];
  /** Whether the bell rings for what was queued since the last turn began. */
  #rung = false;

  /** That of a manager, made on first use. */
  static of(manager: EventManager<never>): BusPhase {
    const internals = internalsOf(manager);
    return internals.part(BusPhase, () => new BusPhase(internals));
  }

  private constructor(internals: Internals) {
    this.#loop = internals.loop;
    this.#hold = internals.liveness.hold();
    this.#bell = new Bell(internals, 'a bus', () => {
      for (const close of [...this.#closers.values()]) close();
      return true;
    });
    this.#loop.addPhase('bus', this);
  }

  /** `close` is called when the manager is closed, and must not throw. */
  add(bus: DeferredDeliveries, close: () => void): void {
    this.#buses.add(bus);
    this.#closers.set(bus, close);
  }

  remove(bus: DeferredDeliveries): void {
    this.#buses.delete(bus);
    this.#closers.delete(bus);
    this.#hold.active = this.due;
  }

  /** Something was queued. In a turn the next one follows by `due`; else the fd has to wake it. */
  wake(): void {
    if (this.#rung || this.#bell.closed) return;
    this.#hold.active = true;
    if (this.#loop.running) return;
    this.#bell.ring();
    this.#rung = true;
  }

  get due(): boolean {
    for (const bus of this.#buses) if (bus.due) return true;
    return false;
  }

  begin(): void {
    this.#rung = false;
    if (!this.due) return;
    this.#present = [...this.#buses].filter((bus) => bus.due);
    for (const bus of this.#present) bus.begin();
  }

  deliver(goOn: GoOn): number {
    const present = this.#present;
    this.#present = [];
    let calls = 0;
    try {
      for (const [i, bus] of present.entries()) {
        const before = calls;
        calls += bus.deliver((own) => goOn(before + own));
        if (goOn(calls)) continue;
        this.#putBehind(present.slice(0, i + 1));
        break;
      }
    } finally {
      this.#hold.active = this.due;
    }
    return calls;
  }

  /** Has those who had this turn come after the others in the next. */
  #putBehind(served: readonly DeferredDeliveries[]): void {
    for (const bus of served) if (this.#buses.delete(bus)) this.#buses.add(bus);
  }
}
