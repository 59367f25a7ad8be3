import type { EventManagerError } from 'wasm-event-manager';

/** Where library and model part. */
export class Disagreement extends Error {}

/** Says whether all is as it should be, and keeps what is not: a handler's caller may catch it. */
export class Judge {
  failure: Disagreement | undefined;

  disagree(message: string): never {
    this.failure ??= new Disagreement(message);
    throw this.failure;
  }

  agree(holds: boolean, message: () => string): void {
    if (!holds) this.disagree(message());
  }

  /** Calls the library, which should answer with one of these codes. */
  expect(what: string, codes: string | readonly string[], call: () => void): string {
    const code = codeOf(call);
    this.agree(
      typeof codes === 'string' ? code === codes : codes.includes(code),
      () => `${what} says ${code}, and not ${codes}`,
    );
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
