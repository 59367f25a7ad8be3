import { EventManagerError } from '../contract/index.js';

/** Why a module was refused, beside its sentence. */
export interface Refusal {
  /** Where in the module, in bytes from its beginning. */
  readonly offset: number;
  /** What was found there, such as 'exceptions', 'memory64' or 'too many functions'. */
  readonly feature: string;
  /** The limit that was passed, where it is a matter of how much. */
  readonly limit?: number;
}

/**
 * A module that was not admitted: it has something that isn't known to be harmless, or too much of
 * something. It was not compiled. `code` is ERR_MODULE_REFUSED.
 *
 * @example
 * if (error instanceof ModuleRefusedError) console.error(error.feature, 'at', error.offset);
 */
export class ModuleRefusedError extends EventManagerError implements Refusal {
  readonly offset: number;
  readonly feature: string;
  readonly limit?: number;

  constructor(message: string, { offset, feature, limit }: Refusal) {
    super('ERR_MODULE_REFUSED', `the module was refused at byte ${offset}: ${message}`);
    this.offset = offset;
    this.feature = feature;
    if (limit !== undefined) this.limit = limit;
  }
}

/** A feature that isn't allowed, whatever its amount. */
export function refused(feature: string, offset: number, advice = ''): ModuleRefusedError {
  const more = advice === '' ? '' : `: ${advice}`;
  return new ModuleRefusedError(`${feature} is not allowed${more}`, { offset, feature });
}

/** More than a limit allows. */
export function tooMuch(
  what: string,
  found: number,
  limit: number,
  offset: number,
): ModuleRefusedError {
  const message = `${found} ${what}, and ${limit} is the limit`;
  return new ModuleRefusedError(message, { offset, feature: `too many ${what}`, limit });
}

/** What is no Wasm, or was cut off. */
export function malformed(what: string, offset: number): ModuleRefusedError {
  return new ModuleRefusedError(what, { offset, feature: 'malformed' });
}
