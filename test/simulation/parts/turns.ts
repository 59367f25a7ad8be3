import { EventSet, Events } from 'wasm-event-manager';
import type { Kinds } from '../program.js';
import type { World } from '../world.js';
import { NUMBERS, numberOf } from './descriptors.js';
import { MEMBERS } from './refusals.js';
import { depart } from './registrations.js';

const TIMEOUTS_MS = [0, 0, 0, 0.001, 0.02] as const;

/** Turns, and what handlers do in them. */
export const turns: Kinds<World> = {
  turn: {
    weight: 30,
    args: [TIMEOUTS_MS.length],
    outside: true,
    run: (world, timeout: number) => turn(world, TIMEOUTS_MS[timeout]!),
  },
  reenter: {
    weight: 1,
    args: [],
    run: (world) => {
      if (!world.turn.running) return;
      world.expect('run in a handler', 'ERR_REENTRANT', () => void world.manager.run());
    },
  },
  react: {
    weight: 12,
    args: [MEMBERS],
    nested: true,
    outside: true,
    run: (world, who: number, operations: never) => {
      world.members[who]!.reactions.push(operations);
    },
  },
  throw: {
    weight: 2,
    args: [],
    run: (world) => {
      if (!world.turn.running) return;
      const error = new Error('of a handler');
      world.turn.errors.push(error);
      world.turn.culprits.push(world.turn.handler!);
      throw error;
    },
  },
  inject: {
    weight: 3,
    args: [MEMBERS, NUMBERS],
    run: (world, who: number, index: number) => {
      const member = world.members[who]!;
      const events = new Events(numberOf(world, index), EventSet.IN, 9);
      const expected = member.left ? 'ERR_INVALID_ID' : 'done';
      world.expect('inject', expected, () => world.manager.inject(member.id, events));
      if (!member.left) world.turn.inject(member, events);
    },
  },
  audit: { weight: 1, args: [], outside: true, run: (world) => audit(world) },
  reopen: {
    weight: 1,
    args: [20],
    outside: true,
    run: (world, die: number) => {
      if (die > 0) return;
      close(world);
      world.open();
    },
  },
};

/** One turn, and all that must hold behind it. */
function turn(world: World, timeoutMs: number): void {
  const { witness } = world;
  const instances = [...witness.instances].join();
  const waits = witness.waits;
  const looks = world.turn.hasBatch;
  const errorsBefore = world.reported.length;
  world.turn.begin();
  let calls = 0;
  let thrown: unknown;
  try {
    calls = world.manager.runWithTimeout(timeoutMs);
  } catch (error) {
    thrown = error;
  }
  if (world.failure) throw world.failure;
  if (instances !== [...witness.instances].join()) world.rebuilt();
  world.takeEvictions();
  const owed = world.turn.end();
  if (owed) world.disagree(owed);
  checkErrors(world, thrown, world.reported.slice(errorsBefore));
  if (!thrown) {
    world.agree(
      calls === world.turn.calls,
      () => `S19: run said ${calls}, not ${world.turn.calls}`,
    );
  }
  const made = witness.waits - waits;
  world.agree(made === 1 || (looks && made === 0), () => `${made} waits in one turn`);
}

/** What handlers threw goes by the policy. */
function checkErrors(world: World, thrown: unknown, reported: readonly unknown[]): void {
  const { errors } = world.turn;
  const heard = reported.filter((error) => !isNotice(error));
  if (world.policy === 'throw') {
    const all = thrown instanceof AggregateError ? thrown.errors : thrown ? [thrown] : [];
    world.agree(
      sameList(all, errors),
      () => `S20: run threw ${thrown}, not ${errors.length} errors`,
    );
    world.agree(heard.length === 0, () => `S20: onError heard ${heard[0]}`);
    return;
  }
  world.agree(thrown === undefined, () => `S20: run threw ${thrown}`);
  world.agree(sameList(heard, errors), () => `S20: onError heard ${heard.length} errors`);
  if (world.policy !== 'remove') return;
  for (const member of world.turn.culprits) if (!member.left) depart(world, member);
}

/** What the loop says of itself. */
function isNotice(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === 'ERR_HANG_UP_STORM' || code === 'ERR_NEVER_READ';
}

function sameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, i) => each === other[i]);
}

/** Counts everything. */
export function audit(world: World): void {
  const { manager, witness, turn, entries } = world;
  for (const member of world.members) {
    if (member.left) continue;
    const expected = [...world.registered.values()].filter(({ owner }) => owner === member);
    const got = manager.registrations(member.id);
    world.agree(
      listed(got) === listed(expected),
      () => `registrations are ${listed(got)}, and not ${listed(expected)}`,
    );
  }
  const metrics = manager.metrics();
  const counts = { stale: entries.stale, discarded: entries.discarded, waits: witness.waits };
  for (const [name, count] of Object.entries(counts)) {
    const said = metrics[name as keyof typeof counts];
    world.agree(said === count, () => `metrics.${name} is ${said}, and not ${count}`);
  }
  const explained =
    entries.stale + entries.discarded + turn.delivered + turn.blanked + turn.waiting;
  world.agree(
    witness.received === explained,
    () => `the kernel sent ${witness.received} events, and ${explained} are explained`,
  );
}

function listed(of: readonly { fd: number; interest: number; data: number }[]): string {
  return of
    .map(({ fd, interest, data }) => `${fd}:${interest}:${data}`)
    .sort()
    .join(' ');
}

/** Closes the manager: what it had opened goes, and what is the user's stays. */
export function close(world: World): void {
  audit(world);
  const { manager, witness, members } = world;
  manager.close();
  world.agree(witness.instances.size === 0, () => `${witness.instances.size} instances stay open`);
  world.agree(witness.ownFds === 0, () => `${witness.ownFds} fds of the library's stay open`);
  world.expect('run when closed', 'ERR_CLOSED', () => void manager.run());
  for (const member of members) {
    world.expect('an operation when closed', 'ERR_CLOSED', () => member.ops.removeAll());
    const told = member.unsubscriptions;
    world.agree(told === 1, () => `a member was told ${told} times of its end`);
  }
  world.forgetAll();
}
