import { EventSet, Events } from 'wasm-event-manager';
import { codeOf } from '../disagreement.js';
import type { MemberModel } from '../model/member.js';
import type { RegistrationModel } from '../model/registration.js';
import type { Kinds } from '../program.js';
import type { World } from '../world.js';
import { NUMBERS, numberOf } from './descriptors.js';
import { INTERESTS, isRefused, MEMBERS, refusal } from './refusals.js';

const DATA = 4;

/** What is asked of a registration. */
type Verb = 'modify' | 'pause' | 'resume' | 'rearm';

const verb = (of: Verb) => ({
  weight: 4,
  args: [MEMBERS, NUMBERS],
  run: (world: World, who: number, index: number) =>
    operate(world, world.members[who]!, numberOf(world, index), of),
});

/** What subscribers change about their registrations. */
export const changes: Kinds<World> = {
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
};

interface Terms {
  interest: number;
  data: number;
}

function operate(
  world: World,
  member: MemberModel,
  fd: number,
  of: Verb,
  terms: Terms = { interest: EventSet.IN, data: 0 },
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
