import { EventManagerError, systemError } from '../contract/index.js';
import type { PollHandle } from '../sys/index.js';
import type { Table } from '../table/index.js';
import type { Liveness, Loop, LoopDriver } from '../turn/index.js';
import { NodeAttachment } from './attachment.js';
import { provided } from './provided.js';

/** Who needs the manager attached, and is told when it is no more. */
interface Tenant {
  detach(): void;
}

/**
 * Runs a manager's turns in Node's own loop, for as long as anyone needs that: the user's
 * attachment, and what awaits readiness.
 *
 *   epfd readable ─► libuv ─► setImmediate ─► one turn ─► anything left? ─► setImmediate
 *
 * A turn is made by an immediate, and not in libuv's callback: there an exception would be held
 * back, and neither promises nor `nextTick` would run behind it. Immediates come right after libuv
 * has waited, so that this costs no round of its own.
 */
export class NodeDriver implements LoopDriver {
  readonly #table: Table;
  readonly #loop: Loop;
  readonly #liveness: Liveness;
  readonly #tenants = new Set<Tenant>();
  readonly #tick = () => this.#runTurn();
  #attachment: NodeAttachment | undefined;
  #poll: PollHandle | undefined;
  #scheduled = false;
  /** Whether the user lets it keep the process alive, and whether libuv's handle does. */
  #referenced = true;
  #keepsAlive = true;

  constructor(table: Table, loop: Loop, liveness: Liveness) {
    this.#table = table;
    this.#loop = loop;
    this.#liveness = liveness;
  }

  get attached(): boolean {
    return this.#poll !== undefined;
  }

  set referenced(referenced: boolean) {
    this.#referenced = referenced;
    this.changed();
  }

  get referenced(): boolean {
    return this.#referenced;
  }

  /** For the user, who has one attachment at a time. @throws as `EventManager.attach` */
  attach(signal: AbortSignal | undefined): NodeAttachment {
    this.#table.assertOpen();
    if (this.#attachment) {
      throw new EventManagerError(
        'ERR_ALREADY_ATTACHED',
        'this event manager is attached already: detach that attachment first',
      );
    }
    const attachment = new NodeAttachment(this, signal);
    try {
      this.retain(attachment);
    } catch (error) {
      attachment.detach();
      throw error;
    }
    this.#attachment = attachment;
    if (signal?.aborted) attachment.detach();
    return attachment;
  }

  /** Whether a wait without end may be made: not while the user has it attached. @throws ERR_… */
  assertFree(): void {
    if (!this.#attachment || this.#loop.running) return;
    throw new EventManagerError(
      'ERR_ALREADY_ATTACHED',
      "this event manager is attached, so that Node's own loop makes its turns, and a wait " +
        'without end would stop that: `detach()` first, or call `runWithTimeout`',
    );
  }

  /** Keeps the manager attached until `release`. @throws as `EventManager.attach` */
  retain(tenant: Tenant): void {
    this.#table.assertOpen();
    if (!this.#poll) this.#begin();
    this.#tenants.add(tenant);
  }

  release(tenant: Tenant): void {
    this.#tenants.delete(tenant);
    if (tenant === this.#attachment) {
      this.#attachment = undefined;
      this.referenced = true;
    }
    if (this.#tenants.size === 0) this.#end();
  }

  /** Detaches everyone. */
  stopped(): void {
    for (const tenant of [...this.#tenants]) tenant.detach();
  }

  /** After any turn, whoever made it. */
  turned(): void {
    if (this.#poll) this.#afterTurn();
  }

  /** What keeps the process alive may have changed. */
  changed(): void {
    if (!this.#poll || this.#loop.running) return;
    const keep = this.#referenced && !this.#table.closed && this.#liveness.alive;
    if (keep === this.#keepsAlive) return;
    this.#keepsAlive = keep;
    if (keep) this.#poll.ref();
    else this.#poll.unref();
  }

  /** A rebuild has moved everything to a new epoll instance; the old one is about to be closed. */
  replaced(epfd: number): void {
    const old = this.#poll;
    if (!old) return;
    try {
      this.#poll = this.#watch(epfd);
      this.#keepsAlive = true;
    } catch (error) {
      this.stopped();
      this.#loop.faults.report(error, {});
    } finally {
      old.close();
    }
  }

  queued(): void {
    if (this.#poll) this.#schedule();
  }

  #begin(): void {
    this.#poll = this.#watch(this.#table.epfd);
    this.#keepsAlive = true;
    if (this.#loop.running) return;
    this.#loop.stopped = false;
    this.#afterTurn();
  }

  #end(): void {
    if (!this.#poll) return;
    this.#poll.close();
    this.#poll = undefined;
    if (!this.#table.closed) this.#loop.asyncHandlers.releaseAll();
  }

  #watch(epfd: number): PollHandle {
    const syscalls = provided(this.#table.syscalls, 'being attached', 'poll');
    const handle = syscalls.poll(epfd, (status) => this.#readable(status));
    if (typeof handle === 'number') throw systemError(handle, 'epoll_ctl', epfd);
    return handle;
  }

  /** From libuv: nothing may be thrown here. */
  #readable(status: number): void {
    if (status === 0) {
      this.#schedule();
      return;
    }
    const error = systemError(status, 'uv_poll', this.#table.epfd);
    setImmediate(() => {
      this.stopped();
      throw error;
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#tick);
  }

  #runTurn(): void {
    this.#scheduled = false;
    if (this.#poll) this.#loop.turn(0);
  }

  #afterTurn(): void {
    if (this.#loop.stopped) {
      this.stopped();
      return;
    }
    if (this.#loop.due) this.#schedule();
    this.changed();
  }
}
