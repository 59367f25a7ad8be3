import { EventManagerError } from '../contract/index.js';
import type { HandledEvent } from './events.js';
import type { GuestRegion } from './guest-region.js';
import type { Scalar } from './scalars.js';

export type GuestFunction = (...args: (Scalar | undefined)[]) => unknown;

const instances = new WeakMap<object, GuestInstance>();

/** What the handlers of one instance have in common. */
export class GuestInstance {
  /** Of the first function that has trapped: nobody knows the state of the guest since. */
  #trapped: { name: string; error: unknown } | undefined;
  /** How many of its functions are being called. */
  #inside = 0;

  /** That of an instance, by its exports. */
  static of(exports: object): GuestInstance {
    const made = instances.get(exports) ?? new GuestInstance();
    instances.set(exports, made);
    return made;
  }

  /** What it trapped with. */
  get trap(): unknown {
    return this.#trapped?.error;
  }

  /** @throws ERR_HANDLER_TRAPPED */
  assertSound(name: string): void {
    if (!this.#trapped) return;
    const { name: culprit, error } = this.#trapped;
    const which = culprit === name ? '' : `'${culprit}' of the same instance, and with it `;
    throw new EventManagerError(
      'ERR_HANDLER_TRAPPED',
      `${which}the Wasm function '${name}' has trapped before, and the state of its guest is ` +
        'unknown: make a new instance, and a handler for that',
      { cause: error },
    );
  }

  /** Calls a function with up to three numbers, and takes note when that traps. */
  enter(name: string, call: GuestFunction, a: Scalar, b?: Scalar, c?: Scalar): unknown {
    this.#inside += 1;
    try {
      return call(a, b, c);
    } catch (error) {
      this.#trapped ??= { name, error: error ?? new Error('the guest threw nothing') };
      throw error;
    } finally {
      this.#inside -= 1;
    }
  }

  /**
   * Has a function called with an event in memory. A function that the guest's own import calls in
   * turn leaves the event of the outer one as it was.
   */
  enterWith<T>(region: GuestRegion, event: HandledEvent, enter: () => T): T {
    const saved = this.#inside > 0 ? region.save() : undefined;
    try {
      region.write(event);
      return enter();
    } finally {
      if (saved) region.restore(saved);
    }
  }
}
