import { Bell, type Internals, internalsOf } from '../attached/index.js';
import type { EventManager } from '../manager/index.js';
import type { Hold, Loop, Phase } from '../turn/index.js';

/** A bus, as far as the phase is concerned. `deliver` must not throw. */
export interface DeferredDeliveries {
  readonly due: boolean;
  begin(): void;
  deliver(): number;
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
  }

  /** Something was queued. In a turn the next one follows by `due`; else the fd has to wake it. */
  wake(): void {
    if (this.#loop.running || this.#bell.closed) return;
    this.#hold.active = true;
    this.#bell.ring();
  }

  get due(): boolean {
    for (const bus of this.#buses) if (bus.due) return true;
    return false;
  }

  begin(): void {
    if (!this.due) return;
    this.#present = [...this.#buses].filter((bus) => bus.due);
    for (const bus of this.#present) bus.begin();
  }

  deliver(): number {
    let calls = 0;
    for (const bus of this.#present) calls += bus.deliver();
    this.#present = [];
    this.#hold.active = this.due;
    return calls;
  }
}
