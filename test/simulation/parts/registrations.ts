import { Events } from 'wasm-event-manager';
import type { MemberModel } from '../model/member.js';
import { RegistrationModel } from '../model/registration.js';
import type { Kinds } from '../program.js';
import type { World } from '../world.js';
import { NUMBERS, numberOf } from './descriptors.js';
import { INTERESTS, isRefused, MEMBERS, refusal } from './refusals.js';

const DATA = 4;

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
