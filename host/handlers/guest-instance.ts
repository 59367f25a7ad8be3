import { EventManagerError } from '../contract/index.js';

const instances = new WeakMap<object, GuestInstance>();

/** What the handlers of one instance have in common. */
export class GuestInstance {
  /** The first function that has trapped, and with what: the guest's state is unknown since. */
  trapped: { readonly name: string; readonly error: unknown } | undefined;
  /** How many of its functions are being called. */
  inside = 0;

  /** That of an instance, by its exports. */
  static of(exports: object): GuestInstance {
    const made = instances.get(exports) ?? new GuestInstance();
    instances.set(exports, made);
    return made;
  }

  noteTrap(name: string, error: unknown): void {
    this.trapped ??= { name, error: error ?? new Error('the guest threw nothing') };
  }

  /** The error of a function that is called no more. */
  refusal(name: string): EventManagerError {
    const culprit = this.trapped?.name ?? name;
    const which = culprit === name ? '' : `'${culprit}' of the same instance, and with it `;
    return new EventManagerError(
      'ERR_HANDLER_TRAPPED',
      `${which}the Wasm function '${name}' has trapped before, and the state of its guest is ` +
        'unknown: make a new instance, and a handler for that',
      { cause: this.trapped?.error },
    );
  }
}
