import { EventManagerError } from '../contract/index.js';

/** Attempts to replace the epoll instance. A run of failures is told of twice: S53. */
export class RebuildFailures {
  readonly #report: (error: unknown) => void;
  #count = 0;
  #kind = '';

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Tells the first of a run, and each that is of another kind than the one before. */
  failed(error: unknown): void {
    const kind = kindOf(error);
    this.#count += 1;
    if (this.#count > 1 && kind === this.#kind) return;
    this.#kind = kind;
    this.#report(error);
  }

  /** Ends the run, and tells how many there were, where there was more than was told. */
  succeeded(): void {
    const count = this.#count;
    this.#count = 0;
    if (count <= 1) return;
    const message = `the epoll instance was replaced, after ${count} attempts that failed`;
    this.#report(new EventManagerError('ERR_REBUILD_FAILED', `${message} (${this.#kind})`));
  }
}

/** Not the message: it may name another fd each time. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return syscall === undefined ? (code ?? error.name) : `${syscall} ${code}`;
}
