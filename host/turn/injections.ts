import { EventManagerError, type Events } from '../contract/index.js';
import type { Member } from '../table/index.js';
import type { GoOn, Phase } from './phase.js';

/** Events that may wait at once. */
const QUEUED_MAX = 2 ** 20;

/** Delivers one event, unless its subscriber is gone: whether it did. */
type Call = (member: Member, events: Events) => boolean;

/** Events of a subscriber that waits for its promise, from `head` on. */
interface Backlog {
  readonly member: Member;
  readonly events: Events[];
  head: number;
}

/**
 * Events queued by hand. Each subscriber gets its own in order. Those of a subscriber whose promise
 * is pending are set aside, each once, until it has settled.
 */
export class Injections implements Phase {
  total = 0;
  readonly #call: Call;
  /** From `#head` on, up to `#end` of the present turn. */
  #waiting: [Member, Events][] = [];
  #head = 0;
  #end = 0;
  readonly #backlogs = new Map<Member, Backlog>();
  /** Whose promise has settled. */
  readonly #released = new Set<Backlog>();
  #queued = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  get due(): boolean {
    return this.#head < this.#waiting.length || this.#released.size > 0;
  }

  /** @throws ERR_QUEUE_FULL */
  push(member: Member, events: Events): void {
    if (this.#queued >= QUEUED_MAX) {
      throw new EventManagerError(
        'ERR_QUEUE_FULL',
        `${this.#queued} injected events wait already: inject more once they are delivered`,
      );
    }
    this.#waiting.push([member, events]);
    this.#queued += 1;
    this.total += 1;
  }

  /** A subscriber's promise has settled: whether something waits for that. */
  release(member: Member): boolean {
    const backlog = this.#backlogs.get(member);
    if (backlog) this.#released.add(backlog);
    return backlog !== undefined;
  }

  begin(): void {
    // Each event is moved for one that was handled, at the most, whatever a budget leaves over.
    if (this.#head > 0 && this.#head * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    this.#end = this.#waiting.length;
  }

  deliver(goOn: GoOn): number {
    let calls = 0;
    for (const backlog of [...this.#released]) {
      while (this.#released.has(backlog)) {
        if (this.#deliverFrom(backlog)) calls += 1;
        if (calls > 0 && !goOn(calls)) return calls;
      }
    }
    while (this.#head < this.#end) {
      const [member, events] = this.#waiting[this.#head]!;
      this.#head += 1;
      if (this.#setAside(member, events)) continue;
      this.#queued -= 1;
      if (this.#call(member, events)) calls += 1;
      if (calls > 0 && !goOn(calls)) break;
    }
    return calls;
  }

  /** Delivers the first of a backlog, and lets go of one that is empty or has to wait again. */
  #deliverFrom(backlog: Backlog): boolean {
    const { member, events } = backlog;
    const first = events[backlog.head]!;
    backlog.head += 1;
    this.#queued -= 1;
    if (backlog.head === events.length) this.#backlogs.delete(member);
    const called = this.#call(member, first);
    if (backlog.head === events.length || member.waits) this.#released.delete(backlog);
    return called;
  }

  #setAside(member: Member, events: Events): boolean {
    const backlog = this.#backlogs.get(member);
    if (backlog) backlog.events.push(events);
    else if (member.waits) this.#backlogs.set(member, { member, events: [events], head: 0 });
    else return false;
    return true;
  }
}
