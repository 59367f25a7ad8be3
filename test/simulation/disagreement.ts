import type { EventManagerError } from 'wasm-event-manager';
import type { Faults } from './faults.js';

/** Where library and model part. */
export class Disagreement extends Error {}

/** Says whether all is as it should be, and keeps what is not: a handler's caller may catch it. */
export class Judge {
  failure: Disagreement | undefined;
  readonly faults: Faults;

  constructor(faults: Faults) {
    this.faults = faults;
  }

  disagree(message: string): never {
    this.failure ??= new Disagreement(message);
    throw this.failure;
  }

  readonly agree = (holds: boolean, message: () => string): void => {
    if (!holds) this.disagree(message());
  };

  /**
   * Calls the library, which should answer with one of these codes: which it was. Where a system
   * call was made to fail, any other will do.
   */
  expect(what: string, codes: string | readonly string[], call: () => void): string {
    const code = this.attempt(call);
    if (typeof codes === 'string' ? code === codes : codes.includes(code)) return code;
    if (this.faults.hit) return code === 'done' ? code : 'refused';
    return this.disagree(`${what} says ${code}, and not ${codes}`);
  }

  /** Calls the library: the code of what it throws. */
  attempt(call: () => void): string {
    const code = codeOf(call);
    this.faults.look();
    return code;
  }
}

/** The code of what a call throws; 'done' when it doesn't. */
export function codeOf(call: () => void): string {
  try {
    call();
    return 'done';
  } catch (error) {
    if (error instanceof Disagreement) throw error;
    return (error as EventManagerError).code ?? String(error);
  }
}
