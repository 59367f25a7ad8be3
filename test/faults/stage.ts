import { setImmediate } from 'node:timers/promises';
import { EventManager } from 'wasm-event-manager';

const LIMIT_MS = 10_000;

export type Mode = 'blocking' | 'attached';

/** What a scenario is played on: a manager in one of two modes, and what it opened and was told. */
export class Stage {
  readonly mode: Mode;
  readonly errors: string[] = [];
  readonly #owned: { close(): void }[] = [];
  readonly #wanted: string;

  constructor(mode: Mode, wanted: string) {
    this.mode = mode;
    this.#wanted = wanted;
  }

  manager(): EventManager {
    const onError = (error: unknown) => this.note('reported', error);
    const manager = this.own(new EventManager({ onHandlerError: 'report', onError }));
    if (this.mode === 'attached') manager.attach();
    return manager;
  }

  /** Closed at the end, the last one first. */
  own<T extends { close(): void }>(made: T): T {
    this.#owned.push(made);
    return made;
  }

  /** An error that came, and how; and its code, where that isn't just the errno's name. */
  note(how: string, error: unknown): void {
    const { code = String(error) } = error as { code?: string };
    this.errors.push(code === this.#wanted ? how : `${how} as ${code}`);
  }

  /** Whether the call did what it was asked; if not, that its answer has said so. */
  told<T>(answer: T, refusal: T): boolean {
    if (answer === refusal) this.errors.push(`answered: ${refusal}`);
    return answer !== refusal;
  }

  /** Turns until it has come about, or an error came instead. Finite. */
  async until(manager: EventManager, done: () => boolean): Promise<boolean> {
    const deadline = performance.now() + LIMIT_MS;
    while (!done() && this.errors.length === 0 && performance.now() < deadline) {
      if (this.mode === 'blocking') manager.runWithTimeout(5);
      await setImmediate();
    }
    if (!done() && this.errors.length === 0) throw new Error('nothing came, and nobody was told');
    return done();
  }

  /** Closes all, the last one first. */
  close(): void {
    for (const each of this.#owned.reverse()) {
      try {
        each.close();
      } catch (error) {
        this.note('thrown by close, which has closed', error);
      }
    }
  }
}

/** A story that a program might tell; whether it came to its end. */
export type Scenario = (stage: Stage) => Promise<boolean>;
