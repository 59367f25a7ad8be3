import type { Interest } from './interest.js';
import type { Registry } from './registry.js';
import type { Token } from './token.js';

/**
 * A source that decides for itself how it registers: several fds behind one object, or flags that
 * only it knows. The registry calls these, and they call the registry with plain fds.
 *
 * @example
 * class Both implements Source {
 *   constructor(readonly input: PipeReader, readonly output: PipeWriter) {}
 *   register(registry: Registry, token: Token) {
 *     registry.register(this.input, token, Interest.READABLE);
 *     registry.register(this.output, token, Interest.WRITABLE);
 *   }
 *   …
 * }
 */
export interface Source {
  register(registry: Registry, token: Token, interest: Interest): void;
  reregister(registry: Registry, token: Token, interest: Interest): void;
  deregister(registry: Registry): void;
}

export function isSource(source: unknown): source is Source {
  return typeof (source as Source | null)?.register === 'function';
}
