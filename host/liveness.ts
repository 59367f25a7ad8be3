import type { Membership } from './membership.js';
import type { Registry } from './registry.js';

/**
 * What keeps an attached manager's process alive: every registration of a subscriber that was not
 * unreferenced, and what the library's parts hold, such as a clock with a timer set.
 */
export class Liveness {
  /** Told whenever `alive` may have changed. Must not throw. */
  onChange: () => void = () => {};
  readonly #registry: Registry;
  readonly #holds = new Set<Hold>();
  /** Registrations that don't count. */
  #unreferenced = 0;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  get alive(): boolean {
    if (this.#holds.size > 0) return true;
    return this.#registry.core.exports.registrationCount() > this.#unreferenced;
  }

  /** Sets whether a subscriber's registrations count. */
  setReferenced(member: Membership, referenced: boolean): void {
    member.referenced = referenced;
    this.#recount(member, referenced);
    this.onChange();
  }

  /** Called after whatever may have added or ended registrations of a subscriber. */
  changed(member: Membership): void {
    if (!member.referenced) this.#recount(member, false);
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

  #recount(member: Membership, referenced: boolean): void {
    const alive = !referenced && this.#registry.member(member.id) === member;
    const count = alive ? this.#registry.watchList(member).length : 0;
    this.#unreferenced += count - member.unreferenced;
    member.unreferenced = count;
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
