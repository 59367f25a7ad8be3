import { EventManagerError, systemError } from '../contract/index.js';
import { close } from '../sys/index.js';
import { forget, watchOver } from './leaks.js';

/**
 * A file descriptor that its object owns: closed by `close`, by `using`, and never twice. The
 * number is -1 from then on, which every call refuses, so that it can't hit a stranger's fd.
 *
 * An object that is collected unclosed leaks its fd, of which a warning tells (`FdLeakWarning`).
 */
export abstract class OwnedFd implements Disposable {
  #fd = -1;

  /** Takes over what a system call gave: a fd, or its negated errno, which is thrown. */
  protected constructor(result: number, syscall: string) {
    if (result < 0) throw systemError(result, syscall);
    this.#own(result, syscall);
  }

  /** The number; -1 once closed. */
  get fd(): number {
    return this.#fd;
  }

  get closed(): boolean {
    return this.#fd < 0;
  }

  /** close(2). Idempotent. Remove the fd from its manager first. */
  close(): void {
    if (this.#fd >= 0) this.#release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The number, for a system call. @throws ERR_CLOSED */
  protected get open(): number {
    if (this.#fd < 0) throw new EventManagerError('ERR_CLOSED', 'this source was closed');
    return this.#fd;
  }

  /** Closes what it owns, and owns another fd from now on. */
  protected replace(result: number, syscall: string): void {
    if (result < 0) throw systemError(result, syscall);
    this.#release();
    this.#own(result, syscall);
  }

  /** Owns it no more, and leaves it open. */
  protected disown(): void {
    this.#fd = -1;
    forget(this);
  }

  #own(fd: number, syscall: string): void {
    this.#fd = fd;
    watchOver(this, fd, syscall);
  }

  #release(): void {
    // In this order, a call that ran out of stack can be made again.
    close(this.#fd);
    this.disown();
  }
}
