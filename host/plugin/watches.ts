import { type EventOps, EventSet, Events, isGone } from '../contract/index.js';
import { EACCES, EBADF, EEXIST, EINVAL, ENOENT, ENTRY_FD } from './abi.js';
import type { Grant } from './grant.js';
import { HandleTable } from './handle-table.js';
import type { Correspondent, Inbox } from './inbox.js';

/** Deliveries in a row of a fd that is ready, and of which the guest reads and writes nothing. */
const SPIN_MAX = 1_000;

/** A grant as a guest holds it. */
export class Holding implements Correspondent {
  place = -1;
  /** Whether it is watched, with what, and with what number of the guest's own. */
  watched = false;
  set = 0;
  data = 0;
  /** Deliveries since the guest last did something with it. */
  idle = 0;
  /** Whether it is silenced until the guest has been told. */
  hushed = false;

  constructor(
    readonly grant: Grant,
    public handle = 0,
  ) {}
}

/** What one guest holds, and what it watches of that. */
export class Watches {
  readonly #table: HandleTable<Holding>;
  readonly #byGrant = new Map<Grant, Holding>();
  readonly #inbox: Inbox;
  /** Those that are silenced. */
  readonly #hushed: Holding[] = [];
  #ops: EventOps | undefined;

  constructor(handles: number, inbox: Inbox) {
    this.#table = new HandleTable(handles);
    this.#inbox = inbox;
  }

  get size(): number {
    return this.#table.size;
  }

  find(handle: number): Holding | undefined {
    return this.#table.get(handle);
  }

  /** The guest's number for a grant: the same one each time. Undefined where there are too many. */
  hold(grant: Grant): number | undefined {
    const held = this.#byGrant.get(grant);
    if (held) return held.handle;
    const holding = new Holding(grant);
    const handle = this.#table.add(holding);
    if (handle === undefined) return undefined;
    holding.handle = handle;
    this.#byGrant.set(grant, holding);
    return handle;
  }

  /** Takes a grant away: the number that named it, where the guest held it. */
  drop(grant: Grant): number | undefined {
    const holding = this.#byGrant.get(grant);
    if (!holding) return undefined;
    this.#byGrant.delete(grant);
    this.#inbox.blank(holding);
    if (holding.watched) this.#end(holding);
    this.#table.remove(holding.handle);
    return holding.handle;
  }

  /** From now on what is watched is watched: until then it was only noted. */
  begin(ops: EventOps): void {
    this.#ops = ops;
    for (const holding of this.#byGrant.values()) {
      if (!holding.watched || errnoOf(() => ops.add(eventsOf(holding))) === 0) continue;
      // It can't be watched after all, as a regular file can't.
      holding.watched = false;
      this.#inbox.put(holding, ENTRY_FD, holding.handle, EventSet.ERROR, holding.data);
    }
  }

  /** The guest is over: its registrations went with its subscriber. */
  end(): void {
    this.#ops = undefined;
  }

  add(handle: number, set: number, data: number): number {
    const holding = this.#table.get(handle);
    if (!holding) return EBADF;
    if (holding.watched) return EEXIST;
    return this.#watch(holding, set, data, (ops, events) => ops.add(events));
  }

  modify(handle: number, set: number, data: number): number {
    const holding = this.#table.get(handle);
    if (!holding) return EBADF;
    if (!holding.watched) return ENOENT;
    // What was pending belongs to the interest of before.
    this.#inbox.blank(holding);
    return this.#watch(holding, set, data, (ops, events) => ops.modify(events));
  }

  remove(handle: number): number {
    const holding = this.#table.get(handle);
    if (!holding) return EBADF;
    if (!holding.watched) return ENOENT;
    this.#inbox.blank(holding);
    this.#end(holding);
    return 0;
  }

  /**
   * An event of a fd. Whether it is one too many of which the guest makes nothing. With `hush` the
   * fd is silenced until `unhush`: its guest can't be told at once.
   */
  ready({ data, eventSet }: Events, hush: boolean): boolean {
    const holding = this.#table.get(data);
    if (!holding) return false;
    const set = this.#inbox.pending(holding) | eventSet;
    this.#inbox.put(holding, ENTRY_FD, holding.handle, set, holding.data);
    holding.idle += 1;
    if (hush) this.#hush(holding);
    return holding.idle > SPIN_MAX;
  }

  /** The guest was told: what was silenced meanwhile is reported again, if it is ready still. */
  unhush(): void {
    for (const holding of this.#hushed) {
      holding.hushed = false;
      if (holding.watched) errnoOf(() => this.#ops?.resume(holding.grant.fd));
    }
    this.#hushed.length = 0;
  }

  #hush(holding: Holding): void {
    if (holding.hushed) return;
    if (errnoOf(() => this.#ops?.pause(holding.grant.fd)) < 0) return;
    holding.hushed = true;
    this.#hushed.push(holding);
  }

  #watch(
    holding: Holding,
    set: number,
    data: number,
    tell: (ops: EventOps, events: Events) => void,
  ): number {
    const wanted = set >>> 0;
    if ((wanted & ~holding.grant.interest) !== 0) return EACCES;
    const events = new Events(holding.grant.fd, wanted, holding.handle);
    const error = this.#ops ? errnoOf(() => tell(this.#ops!, events)) : 0;
    if (error < 0) return error;
    holding.watched = true;
    holding.set = wanted;
    holding.data = data;
    holding.idle = 0;
    return 0;
  }

  #end(holding: Holding): void {
    holding.watched = false;
    try {
      this.#ops?.remove(holding.grant.fd);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

function eventsOf({ grant, set, handle }: Holding): Events {
  return new Events(grant.fd, set, handle);
}

/** What a guest is told of an error of the manager's. */
function errnoOf(act: () => void): number {
  try {
    act();
    return 0;
  } catch (error) {
    const { errno } = error as { errno?: unknown };
    return typeof errno === 'number' && errno !== 0 ? -Math.abs(errno) : EINVAL;
  }
}
