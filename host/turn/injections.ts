import type { Events } from '../contract/index.js';
import type { Membership } from '../table/index.js';
import type { Phase } from './phase.js';

/** Events queued by hand. */
export class Injections implements Phase {
  total = 0;
  readonly #call: (member: Membership, events: Events) => boolean;
  #queue: [Membership, Events][] = [];
  #current = 0;

  /** `call` delivers one, unless its subscriber is gone. */
  constructor(call: (member: Membership, events: Events) => boolean) {
    this.#call = call;
  }

  get due(): boolean {
    return this.#queue.length > 0;
  }

  push(member: Membership, events: Events): void {
    this.#queue.push([member, events]);
    this.total += 1;
  }

  /** Puts what could not be delivered before back to the front. */
  reinsert(member: Membership, events: readonly Events[]): void {
    this.#queue.unshift(...events.map((each): [Membership, Events] => [member, each]));
  }

  begin(): void {
    this.#current = this.#queue.length;
  }

  deliver(): number {
    if (this.#current === 0) return 0;
    let calls = 0;
    for (const [member, events] of this.#queue.splice(0, this.#current)) {
      if (this.#call(member, events)) calls += 1;
    }
    return calls;
  }
}
