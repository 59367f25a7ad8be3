import type { Membership, Registry } from '../table/index.js';

/**
 * What keeps an attached manager's process alive: the registrations of every subscriber that was
 * not unreferenced, and what the library's parts hold, such as a clock with a timer set.
 */
export class Liveness {
  /** Told whenever a part's word has changed. Must not throw. */
  onChange: () => void = () => {};
  readonly #registry: Registry;
  readonly #holds = new Set<Hold>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  get alive(): boolean {
    return this.#holds.size > 0 || this.#registry.core.exports.referencedCount() > 0;
  }

  /** Sets whether a subscriber's registrations count, those to come included. */
  setReferenced(member: Membership, referenced: boolean): void {
    if (this.#registry.member(member.id) !== member) return;
    member.referenced = referenced;
    this.#registry.core.exports.setReferenced(member.slot, referenced ? 1 : 0);
    for (const share of member.shares?.values() ?? []) share.refer();
    this.onChange();
  }

  /** Something else that can keep the process alive. It doesn't until it is set. */
  hold(): Hold {
    return new Hold((hold, active) => {
      if (active) this.#holds.add(hold);
      else this.#holds.delete(hold);
      this.onChange();
    });
  }
}

/** A part's word on whether it keeps the process alive. */
export class Hold {
  readonly #tell: (hold: Hold, active: boolean) => void;
  #active = false;

  constructor(tell: (hold: Hold, active: boolean) => void) {
    this.#tell = tell;
  }

  set active(active: boolean) {
    if (active === this.#active) return;
    this.#active = active;
    this.#tell(this, active);
  }
}
