import { EventSet, Events } from 'wasm-event-manager';
import type { MemberModel } from '../model/member.js';
import { RegistrationModel } from '../model/registration.js';
import type { Kinds } from '../program.js';
import { codeOf, type World } from '../world.js';
import { NUMBERS, numberOf } from './descriptors.js';

const { EMPTY, IN, OUT, READ_HANG_UP, PRIORITY, EDGE_TRIGGERED, ONE_SHOT, EXCLUSIVE } = EventSet;
/** The last are refused. */
export const INTERESTS = [
  IN,
  OUT,
  EMPTY,
  IN | OUT,
  IN | READ_HANG_UP,
  (IN | EDGE_TRIGGERED) >>> 0,
  (IN | OUT | EDGE_TRIGGERED) >>> 0,
  (IN | OUT | READ_HANG_UP | EDGE_TRIGGERED) >>> 0,
  IN | ONE_SHOT,
  IN | OUT | ONE_SHOT,
  (IN | ONE_SHOT | EDGE_TRIGGERED) >>> 0,
  (IN | EXCLUSIVE) >>> 0,
  (IN | ONE_SHOT | EXCLUSIVE) >>> 0,
  (PRIORITY | EXCLUSIVE) >>> 0,
];
export const MEMBERS = 3;
const DATA = 4;

/** Whether the kernel's rules, and so the library's, refuse a set. */
function isRefused(interest: number): boolean {
  const excluded = ONE_SHOT | PRIORITY | READ_HANG_UP;
  return (interest & EXCLUSIVE) !== 0 && (interest & excluded) !== 0;
}

/** What is asked of a registration. */
type Verb = 'modify' | 'pause' | 'resume' | 'rearm';

const verb = (of: Verb) => ({
  weight: 4,
  args: [MEMBERS, NUMBERS],
  run: (world: World, who: number, index: number) =>
    operate(world, world.members[who]!, numberOf(world, index), of),
});

/** What subscribers do with their registrations. */
export const registrations: Kinds<World> = {
  add: {
    weight: 12,
    args: [MEMBERS, NUMBERS, INTERESTS.length, DATA],
    run: (world, who: number, index: number, interest: number, data: number) =>
      add(world, world.members[who]!, numberOf(world, index), INTERESTS[interest]!, data),
  },
  addAll: {
    weight: 2,
    args: [MEMBERS, NUMBERS, NUMBERS, INTERESTS.length],
    run: (world, who: number, first: number, last: number, interest: number) => {
      const fds: number[] = [];
      for (let i = Math.min(first, last); i <= Math.max(first, last); i += 1) {
        fds.push(numberOf(world, i));
      }
      addAll(world, world.members[who]!, fds, INTERESTS[interest]!);
    },
  },
  modify: {
    weight: 5,
    args: [MEMBERS, NUMBERS, INTERESTS.length, DATA],
    run: (world, who: number, index: number, interest: number, data: number) => {
      const terms = { interest: INTERESTS[interest]!, data };
      operate(world, world.members[who]!, numberOf(world, index), 'modify', terms);
    },
  },
  pause: verb('pause'),
  resume: verb('resume'),
  rearm: verb('rearm'),
  remove: {
    weight: 5,
    args: [MEMBERS, NUMBERS],
    run: (world, who: number, index: number) =>
      remove(world, world.members[who]!, numberOf(world, index)),
  },
  removeAll: {
    weight: 1,
    args: [MEMBERS],
    run: (world, who: number) => {
      const member = world.members[who]!;
      const expected = member.left ? 'ERR_INVALID_ID' : 'done';
      world.expect('removeAll', expected, () => member.ops.removeAll());
      if (!member.left) endAll(world, member);
    },
  },
  leave: {
    weight: 1,
    args: [MEMBERS],
    run: (world, who: number) => {
      const member = world.members[who]!;
      const expected = member.left ? 'ERR_INVALID_ID' : 'done';
      world.expect('removeSubscriber', expected, () => world.manager.removeSubscriber(member.id));
      if (!member.left) depart(world, member);
    },
  },
  join: {
    weight: 2,
    args: [MEMBERS],
    run: (world, who: number) => {
      if (world.members[who]!.left) world.members[who] = world.join();
    },
  },
};

/** A member is a subscriber no more. */
export function depart(world: World, member: MemberModel): void {
  member.left = true;
  endAll(world, member);
  world.agree(
    member.unsubscriptions === 1,
    () => `told ${member.unsubscriptions} times of its end`,
  );
}

function endAll(world: World, member: MemberModel): void {
  for (const each of [...world.registered.values()]) if (each.owner === member) world.leave(each);
}

/** What `add` should answer. */
function answerToAdd(world: World, member: MemberModel, fd: number, interest: number): string[] {
  if (member.left) return ['ERR_INVALID_ID', 'ERR_INVALID_INTEREST'];
  if (isRefused(interest)) return ['ERR_INVALID_INTEREST'];
  const entry = world.registered.get(fd);
  if (entry && (entry.detached || world.isSame(entry))) return ['ERR_FD_ALREADY_REGISTERED'];
  const file = world.names.get(fd);
  if (!file) return ['EBADF'];
  return [file.pollable ? 'done' : 'ERR_NOT_POLLABLE'];
}

function add(world: World, member: MemberModel, fd: number, interest: number, data: number): void {
  const events = new Events(fd, interest, data);
  const expected = answerToAdd(world, member, fd, interest);
  const before = world.registered.get(fd);
  const code = world.expect(`add(${fd})`, expected, () => member.ops.add(events));
  const told = world.takeEvictions();
  if (before && world.haunted.has(fd)) before.madeSureOf();
  if (code !== 'done') return;
  world.agree(
    before ? told.includes(before) : true,
    () => `S3: fd ${fd} was added, and its owner before was not told`,
  );
  world.enter(new RegistrationModel(world.names.get(fd)!, member, fd, interest, data));
}

/** All or none; who was found dead on the way stays so. */
function addAll(world: World, member: MemberModel, fds: number[], interest: number): void {
  const answers = fds.map((fd) => answerToAdd(world, member, fd, interest));
  const failing = answers.findIndex((each) => !each.includes('done'));
  const expected = failing < 0 ? 'done' : answers[failing]!;
  const all = fds.map((fd) => new Events(fd, interest, 7));
  const code = world.expect('addAll', expected, () => member.ops.addAll(all));
  world.takeEvictions();
  for (const fd of fds) if (world.haunted.has(fd)) world.registered.get(fd)?.madeSureOf();
  const made = failing < 0 ? fds : fds.slice(0, failing);
  for (const fd of made) {
    const before = world.registered.get(fd);
    if (before) world.disagree(`S3: fd ${fd} was added, and its owner before was not told`);
    world.enter(new RegistrationModel(world.names.get(fd)!, member, fd, interest, 7));
  }
  if (code !== 'done') for (const fd of made) world.leave(world.registered.get(fd)!);
}

function remove(world: World, member: MemberModel, fd: number): void {
  const registration = world.registered.get(fd);
  const expected = refusal(member, registration) ?? 'done';
  const code = world.expect(`remove(${fd})`, expected, () => member.ops.remove(fd));
  if (code === 'done') world.leave(registration!);
}

/** Why a member may not do anything to a registration. */
function refusal(member: MemberModel, registration?: RegistrationModel): string | undefined {
  if (member.left) return 'ERR_INVALID_ID';
  if (!registration) return 'ERR_NOT_REGISTERED';
  return registration.owner === member ? undefined : 'ERR_NOT_OWNER';
}

interface Terms {
  interest: number;
  data: number;
}

function operate(
  world: World,
  member: MemberModel,
  fd: number,
  of: Verb,
  terms: Terms = { interest: IN, data: 0 },
): void {
  const entry = world.registered.get(fd);
  const what = `${of}(${fd})`;
  const call = () => {
    if (of === 'modify') member.ops.modify(new Events(fd, terms.interest, terms.data));
    else member.ops[of](fd);
  };
  const refused = refusal(member, entry);
  if (refused || (of === 'modify' && isRefused(terms.interest))) {
    const codes = [refused ?? 'ERR_INVALID_INTEREST'];
    if (of === 'modify' && isRefused(terms.interest)) codes.push('ERR_INVALID_INTEREST');
    world.expect(what, codes, call);
    return;
  }
  const code = codeOf(call);
  const told = world.takeEvictions();
  const asksKernel = of === 'resume' ? entry!.paused && entry!.armed : !entry!.paused;
  const alive = world.isSame(entry!) && !entry!.detached;
  const dead = asksKernel && !world.isSame(entry!) && !entry!.detached;
  if (code !== 'done') {
    world.agree(code === 'ENOENT' && !alive, () => `${what} says ${code}`);
    world.agree(
      told.includes(entry!),
      () => `S4: ${what} found it dead, and its owner is not told`,
    );
    return;
  }
  if (world.haunted.has(fd)) entry!.madeSureOf();
  world.agree(!dead, () => `S4: ${what} was done to another file`);
  follow(world, entry!, of, asksKernel, terms);
}

/** What an operation that was done changes. */
function follow(
  world: World,
  entry: RegistrationModel,
  of: Verb,
  asksKernel: boolean,
  terms: Terms,
): void {
  const file = world.names.get(entry.fd);
  if (entry.detached && asksKernel) {
    world.agree(file?.pollable === true, () => `${of}(${entry.fd}) was done to nothing`);
    entry.attachTo(file!);
  }
  if (of === 'pause') pause(world, entry);
  if (of === 'resume' && entry.paused) {
    if (entry.detached && !entry.armed && file) entry.attachTo(file);
    entry.paused = false;
    if (entry.armed) entry.tellAnew();
  }
  if (of === 'modify') {
    Object.assign(entry, terms);
    world.turn.mask(entry);
  }
  if (of === 'modify' || of === 'rearm') {
    entry.armed = true;
    if (!entry.paused) entry.tellAnew();
  }
}

/** An event that is dropped by it is owed again. */
function pause(world: World, entry: RegistrationModel): void {
  if (entry.paused) return;
  if (world.turn.drop(entry) && entry.oneShot) entry.armed = true;
  entry.pause();
}
