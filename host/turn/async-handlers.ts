import { STATE_DISARMED } from '../../assembly/abi.js';
import { type Events, isGone, type SubscriberId } from '../contract/index.js';
import type { Membership, Recipient, Registry } from '../table/index.js';
import type { Loop } from './loop.js';

/** Does one thing to a subscriber's fd, if that is still there: whether it was. */
type Attempt = (verb: 'pause' | 'resume' | 'rearm', member: Membership, fd: number) => boolean;

/**
 * Handlers that return a promise. A rejection counts as a throw.
 *
 * While the manager is attached they are serialised too: a subscriber whose promise is pending gets
 * nothing until it settles. In a blocking `run` no promise settles before it returns, so that
 * there each event calls the handler, however many of its promises are pending.
 */
export class AsyncHandlers {
  /** Whether a subscriber waits for its promise. */
  serial = false;
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #pending = new Set<PendingHandler>();
  readonly #attempt: Attempt = (verb, member, fd) => {
    try {
      this.#registry.act(verb, member, fd);
      return true;
    } catch (error) {
      // Removed or closed meanwhile: there is nothing to come.
      if (!isGone(error)) this.#loop.faults.report(error, { id: member.id as SubscriberId, fd });
      return false;
    }
  };

  constructor(registry: Registry, loop: Loop) {
    this.#registry = registry;
    this.#loop = loop;
  }

  /** What a handler has returned for an event. */
  follow(result: unknown, member: Membership, events: Events): void {
    if (typeof (result as Promise<void> | null)?.then !== 'function') return;
    const pending = this.serial ? this.#holdUp(member) : undefined;
    const settled = () => {
      if (pending) this.#release(pending);
      if (!events.injected) this.#rearmIfSpent(member, events.fd);
    };
    Promise.resolve(result as Promise<void>).then(settled, (error: unknown) => {
      settled();
      this.#loop.faults.note(error, member, events.fd);
      if (!this.#loop.running) this.#loop.faults.settleOutside();
    });
  }

  /** Lets everyone have their events again, as a blocking `run` is to come. */
  releaseAll(): void {
    for (const pending of this.#pending) this.#release(pending);
  }

  #holdUp(member: Membership): PendingHandler {
    const pending = new PendingHandler(this.#registry, this.#loop, this.#attempt, member);
    this.#pending.add(pending);
    return pending;
  }

  #release(pending: PendingHandler): void {
    if (this.#pending.delete(pending)) pending.release();
  }

  /** A one-shot registration is for one handler at a time, and this one is done. */
  #rearmIfSpent(member: Membership, fd: number): void {
    if (this.#registry.closed) return;
    const entry = this.#registry.held(member, fd);
    if (!entry || (entry.state & STATE_DISARMED) === 0) return;
    if (this.#registry.member(member.id) === member) this.#attempt('rearm', member, fd);
  }
}

/**
 * Stands in for a subscriber whose promise is pending. A fd that fires meanwhile is silenced, and
 * watched again in the end, when the kernel reports what is ready then: a level-triggered fd does
 * not spin, and an edge is not lost. What was injected is kept.
 */
class PendingHandler implements Recipient {
  readonly #registry: Registry;
  readonly #loop: Loop;
  readonly #attempt: Attempt;
  readonly #member: Membership;
  /** What has to be done in the end, by fd. */
  readonly #silenced = new Map<number, 'resume' | 'rearm'>();
  readonly #injected: Events[] = [];

  constructor(registry: Registry, loop: Loop, attempt: Attempt, member: Membership) {
    this.#registry = registry;
    this.#loop = loop;
    this.#attempt = attempt;
    this.#member = member;
    member.recipient = this;
    member.pending = this;
  }

  process(events: Events): void {
    this.#loop.discount(this.#member);
    if (events.injected) this.#injected.push(events);
    else this.#silence(events.fd);
  }

  /** The user has paused it, and it is to stay so. */
  paused(fd: number): void {
    this.#silenced.delete(fd);
  }

  release(): void {
    const member = this.#member;
    member.recipient = member.subscriber;
    member.pending = undefined;
    if (this.#registry.member(member.id) !== member) return;
    for (const [fd, verb] of this.#silenced) this.#attempt(verb, member, fd);
    if (this.#injected.length === 0) return;
    this.#loop.injections.reinsert(member, this.#injected);
    this.#loop.queued();
  }

  #silence(fd: number): void {
    const entry = this.#registry.held(this.#member, fd);
    if (!entry) return;
    // A one-shot entry that has fired is silent already, and its event is still owed.
    if ((entry.state & STATE_DISARMED) !== 0) this.#silenced.set(fd, 'rearm');
    else if (this.#attempt('pause', this.#member, fd)) this.#silenced.set(fd, 'resume');
  }
}
