import { EventManagerError } from '../contract/index.js';

const instances = new WeakMap<object, GuestInstance>();
/** Users that are kept before those that are no more are let go of. */
const USERS_KEPT = 16;

/** Who calls functions of an instance: a subscriber, a clock, a bus. */
export interface GuestUser {
  /** An instance has trapped: nothing of it is called any more, and what was for it ends. */
  dismiss(guest: GuestInstance): void;
}

/** What the handlers of one instance have in common. */
export class GuestInstance {
  /** The first function that has trapped, and with what: the guest's state is unknown since. */
  trapped: { readonly name: string; readonly error: unknown } | undefined;
  /** How many of its functions are being called. */
  inside = 0;
  #users = new Set<WeakRef<GuestUser>>();
  #usersMax = USERS_KEPT;

  /** That of an instance, by its exports. */
  static of(exports: object): GuestInstance {
    const made = instances.get(exports) ?? new GuestInstance();
    instances.set(exports, made);
    return made;
  }

  noteTrap(name: string, error: unknown): void {
    this.trapped ??= { name, error: error ?? new Error('the guest threw nothing') };
    this.dismiss();
  }

  /** Has a user be told when it has trapped. It is held weakly. */
  usedBy(user: GuestUser): void {
    if (this.#users.size >= this.#usersMax) {
      for (const each of this.#users) if (!each.deref()) this.#users.delete(each);
      this.#usersMax = Math.max(USERS_KEPT, 2 * this.#users.size);
    }
    this.#users.add(new WeakRef(user));
  }

  /** Has every user end what was for it. */
  dismiss(): void {
    for (const each of this.#users) {
      try {
        each.deref()?.dismiss(this);
      } catch {
        // The stack has ended, in the guest as a rule: it is tried again at the next call.
      }
    }
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
