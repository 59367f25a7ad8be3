import type { EventManagerError } from './errors.js';

/**
 * A failure that comes again and again: told of when it begins, and with its count when it has
 * ended (S53).
 */
export class FailureRun {
  readonly #summary: (count: number, kind: string) => EventManagerError;
  readonly #told = new Set<string>();
  #kind = '';
  #count = 0;
  #latestMs = 0;

  /** `summary`: what is told at the end, of so many failures, the last of which was of a kind. */
  constructor(summary: (count: number, kind: string) => EventManagerError) {
    this.#summary = summary;
  }

  /** Whether there is one. */
  get lasts(): boolean {
    return this.#count > 0;
  }

  /** Whether none has come for so long. */
  quietFor(milliseconds: number): boolean {
    return performance.now() - this.#latestMs > milliseconds;
  }

  /** Counts one. Returns whether to tell of it: the first of its kind. */
  failed(error: unknown): boolean {
    this.#count += 1;
    this.#latestMs = performance.now();
    this.#kind = kindOf(error);
    if (this.#told.has(this.#kind)) return false;
    this.#told.add(this.#kind);
    return true;
  }

  /** Ends it. Returns what to tell, where there were more than was told. */
  ended(): EventManagerError | undefined {
    const [count, told] = [this.#count, this.#told.size];
    this.#count = 0;
    this.#told.clear();
    return count > told ? this.#summary(count, this.#kind) : undefined;
  }
}

/** Not the message: it may name another fd each time. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? (code ?? error.name) : `${syscall} ${code}`;
}
