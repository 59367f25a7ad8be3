import { Bell, type Internals, internalsOf } from '../attached/index.js';
import type { EventManager } from '../manager/index.js';
import type { GoOn, Hold, Loop, Phase } from '../turn/index.js';

/** A guest for whom something is pending. */
export interface Awaiting {
  /** Whether it can be told something now. */
  readonly waits: boolean;
  /** Tells it of a batch, and of the messages that wait: the calls made. */
  deliver(): number;
}

/**
 * The guests of one manager, as the last part of each of its turns: those for whom something is
 * pending are called, each with all of it at once. Whoever has nothing pending costs nothing.
 */
export class PluginPhase implements Phase {
  readonly loop: Loop;
  /** What is pending keeps an attached manager's process alive. */
  readonly #hold: Hold;
  readonly #bell: Bell;
  readonly #pending = new Set<Awaiting>();
  #rung = false;

  /** That of a manager, made on first use. */
  static of(manager: EventManager<never>): PluginPhase {
    const internals = internalsOf(manager);
    return internals.part(PluginPhase, () => new PluginPhase(internals));
  }

  private constructor(internals: Internals) {
    this.loop = internals.loop;
    this.#hold = internals.liveness.hold();
    this.#bell = new Bell(internals, 'a plugin host');
    this.loop.addPhase('plugins', this);
  }

  /** Something is pending for a session. */
  wake(session: Awaiting): void {
    this.#pending.add(session);
    if (this.#rung || this.#bell.closed) return;
    this.#hold.active = true;
    if (this.loop.running) return;
    this.#bell.ring();
    this.#rung = true;
  }

  leave(session: Awaiting): void {
    this.#pending.delete(session);
    if (this.#pending.size === 0) this.#hold.active = false;
  }

  get due(): boolean {
    return this.#pending.size > 0;
  }

  begin(): void {
    this.#rung = false;
  }

  /** Who was served comes behind the others when the budget ends the turn. */
  deliver(goOn: GoOn): number {
    let calls = 0;
    for (const session of [...this.#pending]) {
      this.#pending.delete(session);
      if (!session.waits) continue;
      calls += session.deliver();
      if (session.waits) this.#pending.add(session);
      if (!goOn(calls)) break;
    }
    this.#hold.active = this.#pending.size > 0;
    return calls;
  }
}
