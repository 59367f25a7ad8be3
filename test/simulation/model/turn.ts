import type { Events } from 'wasm-event-manager';
import type { MemberModel } from './member.js';
import type { RegistrationModel } from './registration.js';

interface Pending {
  readonly registration: RegistrationModel;
  readonly events: number;
}

interface Injected {
  readonly member: MemberModel;
  readonly events: Events;
}

/** What is on its way to handlers, and what a turn may leave. */
export class TurnModel {
  running = false;
  /** Whose handler runs. */
  handler: MemberModel | undefined;
  /** Handler calls of this turn: for events of the kernel, and for what was injected. */
  kernelCalls = 0;
  injectedCalls = 0;
  readonly errors: unknown[] = [];
  /** Whose handlers threw. */
  readonly culprits: MemberModel[] = [];
  /** Events that were dropped, as their registration was removed, paused or changed. */
  blanked = 0;
  delivered = 0;
  readonly #budget: number;
  #pending: Pending[] = [];
  #present: Injected[] = [];
  #later: Injected[] = [];
  /** Turns until now, the present one included. */
  begun = 0;

  constructor(budget: number) {
    this.#budget = budget;
  }

  begin(): void {
    this.running = true;
    this.begun += 1;
    this.kernelCalls = 0;
    this.injectedCalls = 0;
    this.errors.length = 0;
    this.culprits.length = 0;
    this.#present.push(...this.#later.splice(0));
  }

  get calls(): number {
    return this.kernelCalls + this.injectedCalls;
  }

  /** Whether a turn has something to do without the kernel. */
  get due(): boolean {
    return this.#pending.some(isOwed) || this.injectedDue;
  }

  get injectedDue(): boolean {
    const all = [...this.#present, ...this.#later];
    return all.some(({ member }) => !member.left);
  }

  /** Whether the latest turn has left anything of its batch, which may be dropped since. */
  hasBatch = false;

  /** Events of a batch that nobody had yet. */
  get waiting(): number {
    return this.#pending.length;
  }

  receive(registration: RegistrationModel, events: number): void {
    this.#pending.push({ registration, events });
  }

  inject(member: MemberModel, events: Events): void {
    this.#later.push({ member, events });
  }

  /** The next event of the kernel, as its handler should get it. */
  next(): { registration: RegistrationModel; events: number } | undefined {
    if (this.kernelCalls >= this.#budget) return undefined;
    for (let each = this.#pending.shift(); each; each = this.#pending.shift()) {
      if (!isOwed(each)) {
        this.blanked += 1;
        continue;
      }
      const { registration } = each;
      this.delivered += 1;
      this.kernelCalls += 1;
      return { registration, events: (each.events & registration.wanted) >>> 0 };
    }
    return undefined;
  }

  /** The next one that was injected. */
  nextInjected(): Injected | undefined {
    if (this.injectedCalls >= this.#budget) return undefined;
    for (let each = this.#present.shift(); each; each = this.#present.shift()) {
      if (each.member.left) continue;
      this.injectedCalls += 1;
      return each;
    }
    return undefined;
  }

  /** Drops a pending event: whether there was one. */
  drop(registration: RegistrationModel): boolean {
    const owed = this.#pending.some((each) => each.registration === registration && isOwed(each));
    this.#pending = this.#pending.map((each) =>
      each.registration === registration ? { registration, events: 0 } : each,
    );
    return owed;
  }

  /** Cuts pending events down to what is wanted by now. */
  mask(registration: RegistrationModel): void {
    this.#pending = this.#pending.map((each) => {
      if (each.registration !== registration) return each;
      return { registration, events: each.events & registration.wanted };
    });
  }

  /** Whether something was owed by the end of the turn. */
  end(): string | undefined {
    this.running = false;
    this.hasBatch = this.#pending.length > 0;
    while (this.#pending[0] && !isOwed(this.#pending[0])) {
      this.#pending.shift();
      this.blanked += 1;
    }
    if (this.#pending.some(isOwed) && this.kernelCalls < this.#budget) {
      return `fd ${this.#pending.find(isOwed)?.registration.fd} was not told of its event`;
    }
    const injected = this.#present.some(({ member }) => !member.left);
    return injected && this.injectedCalls < this.#budget ? 'what was injected did not come' : '';
  }

  forget(): void {
    this.blanked += this.#pending.splice(0).length;
    this.#present.length = 0;
    this.#later.length = 0;
  }
}

function isOwed({ registration, events }: Pending): boolean {
  return !registration.ended && (events & registration.wanted) !== 0;
}
