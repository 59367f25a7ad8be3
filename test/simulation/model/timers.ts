import type { EventManager } from 'wasm-event-manager';
import { LiveClock, type TimeEvent } from 'wasm-event-manager/clock';
import type { Disagreement, Judge } from '../disagreement.js';
import type { Operation } from '../program.js';
import type { TurnModel } from './turn.js';

interface TimerModel {
  readonly name: string;
  time: bigint;
  readonly interval: bigint;
  readonly order: number;
}

/** Whose timers they are. */
interface Owner extends Judge {
  readonly turn: TurnModel;
  perform(operation: Operation): void | Promise<void>;
  failure: Disagreement | undefined;
}

/** A live clock, and the timers that should be set on it. */
export class TimersModel {
  clock!: LiveClock;
  /** What its next handlers are to do. */
  readonly reactions: (readonly Operation[])[] = [];
  readonly #owner: Owner;
  readonly #timers = new Map<string, TimerModel>();
  #order = 0;
  /** Of the present turn: when it began, and which timers are not for it. */
  #begunNs = 0n;
  #orderEnd = 0;
  readonly handler = (event: TimeEvent): void => this.#fired(event);

  constructor(owner: Owner) {
    this.#owner = owner;
  }

  get size(): number {
    return this.#timers.size;
  }

  open(manager: EventManager): void {
    this.clock = new LiveClock(manager);
    this.#timers.clear();
  }

  set(name: string, time: bigint, interval: bigint): void {
    this.#timers.set(name, { name, time, interval, order: this.#order });
    this.#order += 1;
  }

  drop(name: string): boolean {
    return this.#timers.delete(name);
  }

  next(name: string): bigint | undefined {
    return this.#timers.get(name)?.time;
  }

  /** Whether any is due by now. */
  get due(): boolean {
    const now = this.clock.timestampNs();
    return [...this.#timers.values()].some(({ time }) => time <= now);
  }

  beginTurn(): void {
    this.#begunNs = this.clock.timestampNs();
    this.#orderEnd = this.#order;
  }

  /** What was due when the turn waited no longer, and has not fired. */
  overdue(): string | undefined {
    const now = this.clock.timestampNs();
    const late = [...this.#timers.values()].find((each) => this.#isOfTurn(each, now));
    return late && `timer ${late.name} was due at ${late.time}, and has not fired by ${now}`;
  }

  #isOfTurn({ order, time }: TimerModel, now: bigint): boolean {
    return order < this.#orderEnd && time <= now;
  }

  #first(now: bigint): TimerModel | undefined {
    let first: TimerModel | undefined;
    for (const each of this.#timers.values()) {
      if (this.#isOfTurn(each, now) && (!first || isBefore(each, first))) first = each;
    }
    return first;
  }

  #fired({ name, tsEvent, tsInit }: TimeEvent): void {
    const owner = this.#owner;
    const now = this.clock.timestampNs();
    const first = this.#first(now);
    const owed = owner.turn.next();
    if (owed) throw owner.disagree(`S12: fd ${owed.registration.fd} comes behind a timer`);
    if (!first) throw owner.disagree(`timer ${name} has fired, and none is due`);
    owner.agree(
      first.name === name && first.time === tsEvent,
      () => `${name} fired for ${tsEvent}, and not ${first.name} for ${first.time}`,
    );
    const late = first.time >= this.#begunNs && tsInit !== first.time;
    owner.agree(!late, () => `S41: ${name} fired ${tsInit - first.time} ns late`);
    owner.turn.timerCalls += 1;
    if (first.interval > 0n) first.time += first.interval;
    else this.#timers.delete(name);
    owner.turn.handler = undefined;
    for (const operation of this.reactions.shift() ?? []) owner.perform(operation);
  }
}

function isBefore(one: TimerModel, other: TimerModel): boolean {
  return one.time < other.time || (one.time === other.time && one.order < other.order);
}
