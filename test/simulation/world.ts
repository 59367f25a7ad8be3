import { EventManager, type EventManagerOptions, type Events } from 'wasm-event-manager';
import type { TestKernel } from '../fixtures/kernels.js';
import { Judge } from './disagreement.js';
import { EntriesModel, STALE_RUN_MAX } from './model/entries.js';
import type { FileModel } from './model/files.js';
import { MemberModel, type Told } from './model/member.js';
import type { RegistrationModel } from './model/registration.js';
import { TurnModel } from './model/turn.js';
import type { Operation, Setting } from './program.js';
import { Witness } from './witness.js';

const POLICIES = ['throw', 'report', 'remove', 'stop'] as const;
const CAPACITIES = ['auto', 1, 2, 5] as const;
const BUDGETS = [Number.POSITIVE_INFINITY, 1, 3] as const;
const MEMBERS = 3;

export const SETTINGS = {
  capacity: CAPACITIES.length,
  budget: BUDGETS.length,
  policy: POLICIES.length,
};

/** A manager on a kernel, and beside it all that should be. */
export class World extends Judge implements Told {
  readonly kernel: TestKernel;
  readonly setting: Setting;
  readonly witness: Witness;
  readonly policy: (typeof POLICIES)[number];
  readonly budget: number;
  manager!: EventManager;
  turn!: TurnModel;
  members: MemberModel[] = [];
  /** The file that each number names. */
  readonly names = new Map<number, FileModel>();
  readonly registered = new Map<number, RegistrationModel>();
  readonly reported: unknown[] = [];
  /** Does an operation, in a handler too. */
  perform: (operation: Operation) => void | Promise<void> = () => {};
  entries!: EntriesModel;
  /** Numbers of which a registration was lost: what is asked of them is made sure of first. */
  readonly haunted = new Set<number>();
  readonly #evictions: { member: MemberModel; events: Events }[] = [];

  constructor(kernel: TestKernel, setting: Setting) {
    super();
    this.kernel = kernel;
    this.setting = setting;
    this.witness = new Witness(kernel.syscalls);
    this.witness.onBatch = (batch, full) =>
      this.entries.receive(batch, full, this.turn, this.registered.values());
    this.policy = POLICIES[setting.policy ?? 0]!;
    this.budget = BUDGETS[setting.budget ?? 0]!;
    this.open();
  }

  /** A new manager, in the place of one that was closed. */
  open(): void {
    const options: EventManagerOptions = {
      syscalls: this.witness,
      staleRunMax: STALE_RUN_MAX,
      onHandlerError: this.policy,
      capacity: CAPACITIES[this.setting.capacity ?? 0]!,
      onError: (error) => void this.reported.push(error),
    };
    if (Number.isFinite(this.budget)) options.budget = { events: this.budget };
    this.manager = new EventManager(options);
    this.turn = new TurnModel(this.budget);
    this.entries = new EntriesModel(this);
    this.members = Array.from({ length: MEMBERS }, () => this.join());
  }

  join(): MemberModel {
    const member = new MemberModel(this);
    member.id = this.manager.addSubscriber(member);
    member.ops = this.manager.eventOps(member.id);
    return member;
  }

  isSame({ fd, file }: RegistrationModel): boolean {
    return this.names.get(fd) === file;
  }

  /** Takes note of a registration that was made. */
  enter(registration: RegistrationModel): void {
    const key = this.witness.keys.get(registration.fd);
    if (key === undefined) this.disagree(`the kernel was not told of fd ${registration.fd}`);
    this.entries.enter(registration, key);
    this.registered.set(registration.fd, registration);
  }

  /** Takes note of a registration that has ended; `haunted`: the kernel may still have an entry. */
  leave(registration: RegistrationModel, haunted = !this.isSame(registration)): void {
    this.turn.drop(registration);
    registration.end();
    if (haunted) this.haunted.add(registration.fd);
    if (this.registered.get(registration.fd) === registration) {
      this.registered.delete(registration.fd);
    }
    this.entries.end(registration, haunted);
  }

  /** Those who were told that a registration was found dead, none of which may be alive. */
  takeEvictions(): RegistrationModel[] {
    return this.#evictions.splice(0).map(({ member, events }) => {
      const { fd, data, eventSet } = events;
      const registration = this.registered.get(fd);
      if (registration?.owner !== member) this.disagree(`${fd} was told to a stranger`);
      this.agree(
        registration.data === data && registration.interest === eventSet,
        () => `what was evicted of ${fd} is not what was registered`,
      );
      this.agree(
        !this.isSame(registration) || registration.detached,
        () => `fd ${fd} is alive, and was evicted`,
      );
      this.leave(registration);
      return registration;
    });
  }

  processed(member: MemberModel, events: Events): void | Promise<void> {
    if (events.injected) this.#checkInjected(member, events);
    else this.#checkEvent(member, events);
    this.turn.handler = member;
    for (const operation of member.reactions.shift() ?? []) this.perform(operation);
  }

  evicted(member: MemberModel, events: Events): void {
    this.#evictions.push({ member, events });
  }

  /** The epoll instance was replaced: all is reported anew, and ghosts no more. */
  rebuilt(): void {
    this.entries.rebuilt();
    this.takeEvictions();
    for (const each of [...this.registered.values()]) {
      if (each.detached) continue;
      this.agree(this.isSame(each), () => `S5: fd ${each.fd} is another file's, and was kept`);
      if (each.paused || !each.armed) each.mayBeDiscarded = true;
      else each.tellAnew();
    }
  }

  /** All that is known of registrations goes, with their manager. */
  forgetAll(): void {
    for (const each of [...this.registered.values()]) this.leave(each, false);
    this.haunted.clear();
    this.witness.received = 0;
    this.witness.waits = 0;
    this.reported.length = 0;
  }

  #checkEvent(member: MemberModel, { fd, data, eventSet }: Events): void {
    const next = this.turn.next();
    if (!next) this.disagree(`fd ${fd} was told of an event that is not`);
    const { registration, events } = next;
    const expected = `${registration.fd} ${registration.data} ${events}`;
    const got = `${fd} ${data} ${eventSet}`;
    this.agree(got === expected, () => `the event is ${got}, and not ${expected}`);
    this.agree(registration.owner === member, () => `fd ${fd}: an event went to a stranger`);
  }

  #checkInjected(member: MemberModel, events: Events): void {
    const owed = this.turn.next();
    if (owed) this.disagree(`S12: fd ${owed.registration.fd} comes behind what was injected`);
    const next = this.turn.nextInjected();
    if (next?.member !== member || !events.equals(next.events)) {
      this.disagree(`fd ${events.fd}: what was injected comes out of order`);
    }
  }
}
