import type { Member, Roster, Table } from '../table/index.js';

/**
 * What keeps an attached manager's process alive: the registrations of every subscriber that is
 * referenced, and what the library's parts hold, such as a clock with a timer set.
 */
export class Liveness {
  readonly #table: Table;
  readonly #roster: Roster;
  readonly #onChange: () => void;
  readonly #holds = new Set<Hold>();

  /** `onChange` is told whenever a hold was taken or let go of, and must not throw. */
  constructor(table: Table, roster: Roster, onChange: () => void) {
    this.#table = table;
    this.#roster = roster;
    this.#onChange = onChange;
  }

  get alive(): boolean {
    return this.#holds.size > 0 || this.#table.core.exports.referencedCount() > 0;
  }

  /** Sets whether a subscriber's registrations count, those to come included. */
  setReferenced(member: Member, referenced: boolean): void {
    if (!this.#roster.has(member)) return;
    member.referenced = referenced;
    this.#table.setReferenced(member, referenced);
    for (const share of member.shares?.values() ?? []) share.refer();
  }

  /** Something else that can keep the process alive. It doesn't until it is active. */
  hold(): Hold {
    return new Hold((hold) => {
      if (hold.active) this.#holds.add(hold);
      else this.#holds.delete(hold);
      this.#onChange();
    });
  }
}

/** A part's word on whether it keeps the process alive. */
export class Hold {
  readonly #tell: (hold: Hold) => void;
  #active = false;

  constructor(tell: (hold: Hold) => void) {
    this.#tell = tell;
  }

  get active(): boolean {
    return this.#active;
  }

  set active(active: boolean) {
    if (active === this.#active) return;
    this.#active = active;
    this.#tell(this);
  }
}
