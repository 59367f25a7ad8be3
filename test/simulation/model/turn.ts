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
  /** Of members whose promises are pending, and of those whose have settled. */
  readonly #backlogs = new Map<MemberModel, Injected[]>();
  readonly #released = new Set<MemberModel>();
  /** What the handler that runs is to return. */
  promised: Promise<void> | undefined;
  /** Settles it. */
  settle: ((error?: unknown) => void) | undefined;
  timerCalls = 0;
  /** Whether a turn was asked for since the last one, whatever has come of the reason. */
  asked = false;
  readonly #hold: (registration: RegistrationModel) => void;
  /** Turns until now, the present one included. */
  begun = 0;

  /** `hold` is told of an event for a member whose promise is pending. */
  constructor(budget: number, hold: (registration: RegistrationModel) => void) {
    this.#budget = budget;
    this.#hold = hold;
  }

  begin(): void {
    this.running = true;
    this.begun += 1;
    this.kernelCalls = 0;
    this.injectedCalls = 0;
    this.timerCalls = 0;
    this.errors.length = 0;
    this.culprits.length = 0;
    this.#present.push(...this.#later.splice(0));
  }

  get calls(): number {
    return this.kernelCalls + this.injectedCalls + this.timerCalls;
  }

  /** Whether a turn has something to do without the kernel. */
  get due(): boolean {
    return this.#pending.some(isOwed) || this.injectedDue;
  }

  get injectedDue(): boolean {
    const released = [...this.#released].flatMap((member) => this.#backlogs.get(member) ?? []);
    const all = [...this.#present, ...this.#later, ...released];
    return all.some(({ member }) => !member.left && !member.waiting);
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
    this.asked = true;
  }

  /** The next event of the kernel, as its handler should get it. */
  next(): { registration: RegistrationModel; events: number } | undefined {
    if (this.kernelCalls >= this.#budget) return undefined;
    for (let each = this.#pending.shift(); each; each = this.#pending.shift()) {
      if (!isOwed(each) || this.#isHeld(each)) {
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

  /** The next one that was injected for a member. */
  nextInjected(member: MemberModel): Injected | undefined {
    if (this.injectedCalls >= this.#budget || member.waiting) return undefined;
    this.injectedCalls += 1;
    if (this.#released.has(member)) {
      const backlog = this.#backlogs.get(member)!;
      if (backlog.length === 1) this.#forget(member);
      return backlog.shift();
    }
    const at = this.#present.findIndex((each) => each.member === member);
    return at < 0 ? undefined : this.#present.splice(at, 1)[0];
  }

  #forget(member: MemberModel): void {
    this.#backlogs.delete(member);
    this.#released.delete(member);
  }

  /** A member's promise has settled: what was set aside for it comes first in the next turn. */
  release(member: MemberModel): void {
    if (this.#backlogs.has(member)) this.#released.add(member);
  }

  /** What a turn has left of what was injected: is it owed to anyone? */
  #setAside(): boolean {
    for (const member of this.#backlogs.keys()) {
      if (member.left) this.#forget(member);
      else if (member.waiting) this.#released.delete(member);
    }
    this.#present = this.#present.filter((injected) => {
      const { member } = injected;
      if (member.left) return false;
      const backlog = this.#backlogs.get(member);
      if (!backlog && !member.waiting) return true;
      if (backlog) backlog.push(injected);
      else this.#backlogs.set(member, [injected]);
      return false;
    });
    return this.#present.length > 0 || this.#released.size > 0;
  }

  #isHeld({ registration }: Pending): boolean {
    if (!registration.owner.waiting) return false;
    this.#hold(registration);
    return true;
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
    for (let each = this.#pending[0]; each; each = this.#pending[0]) {
      if (isOwed(each) && !this.#isHeld(each)) break;
      this.#pending.shift();
      this.blanked += 1;
    }
    if (this.#pending.some(isOwed) && this.kernelCalls < this.#budget) {
      return `fd ${this.#pending.find(isOwed)?.registration.fd} was not told of its event`;
    }
    const injected = this.#setAside();
    return injected && this.injectedCalls < this.#budget ? 'what was injected did not come' : '';
  }

  forget(): void {
    this.blanked += this.#pending.splice(0).length;
    this.#present.length = 0;
    this.#later.length = 0;
    this.#backlogs.clear();
    this.#released.clear();
  }
}

function isOwed({ registration, events }: Pending): boolean {
  return !registration.ended && (events & registration.wanted) !== 0;
}
