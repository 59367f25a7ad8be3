import {
  type EventOps,
  type EventSubscriber,
  Events,
  type SubscriberId,
} from '../contract/index.js';
import type { Member, Roster, Table } from '../table/index.js';
import { decodeSnapshot, encodeSnapshot, isSilent, type SnapshotEntry } from './snapshot.js';

/** Handing registrations over: to another manager, thread or process. */
export interface Handover<S extends EventSubscriber> {
  /**
   * What all subscribers have registered, as bytes: versioned, and the same on every machine. Fds
   * are in it as numbers, and handlers not at all. For `restore`, in a manager that takes over, in
   * another thread or a process that inherits the fds.
   */
  snapshot(): Uint8Array;

  /**
   * Registers what a snapshot holds: all of it, or nothing. `subscriberFor` answers who is to have
   * what the subscriber of an id had, and that one's `init` isn't called; undefined leaves it out.
   * What was paused, or a one-shot that had fired, is paused: `resume` it. Close the manager of the
   * snapshot first, or both are told.
   *
   * @returns the new id for each of the old
   * @throws ERR_INVALID_SNAPSHOT, ERR_CLOSED; as `addSubscriber`; what `subscriberFor` throws
   *
   * @example
   * const snapshot = manager.snapshot();
   * manager.close();
   * successor.restore(snapshot, (id) => subscribers.get(id));
   */
  restore(
    snapshot: Uint8Array,
    subscriberFor: (id: number) => S | undefined,
  ): Map<number, SubscriberId<S>>;
}

/** See `Handover.snapshot`. */
export function takeSnapshot(table: Table, roster: Roster): Uint8Array {
  const entries = roster.list().flatMap((member) =>
    table.watchList(member).map(({ fd, interest, data, state }) => ({
      ...{ id: member.id, fd, interest, data },
      paused: isSilent(state),
      shared: member.shares?.has(fd) ?? false,
    })),
  );
  return encodeSnapshot(entries);
}

/** See `Handover.restore`. */
export function restoreSnapshot<S extends EventSubscriber>(
  roster: Roster,
  snapshot: Uint8Array,
  subscriberFor: (id: number) => S | undefined,
): Map<number, SubscriberId<S>> {
  const restored = new Map<number, Member>();
  try {
    for (const [id, own] of bySubscriber(decodeSnapshot(snapshot))) {
      const subscriber = subscriberFor(id);
      if (subscriber === undefined) continue;
      restored.set(
        id,
        roster.add(subscriber, (ops) => registerAll(ops, own)),
      );
    }
  } catch (error) {
    for (const member of restored.values()) roster.remove(member);
    throw error;
  }
  return new Map([...restored].map(([id, member]) => [id, member.id as SubscriberId<S>]));
}

function bySubscriber(entries: readonly SnapshotEntry[]): Map<number, SnapshotEntry[]> {
  const groups = new Map<number, SnapshotEntry[]>();
  for (const entry of entries) {
    const group = groups.get(entry.id);
    if (group) group.push(entry);
    else groups.set(entry.id, [entry]);
  }
  return groups;
}

function registerAll(ops: EventOps, entries: readonly SnapshotEntry[]): void {
  // The latest comes first, as in a watch list.
  for (const { fd, interest, data, paused, shared } of [...entries].reverse()) {
    ops[shared ? 'share' : 'add'](new Events(fd, interest, data));
    if (paused) ops.pause(fd);
  }
}
