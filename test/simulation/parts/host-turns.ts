import type { Kinds } from '../program.js';
import type { World } from '../world.js';
import { MEMBERS } from './refusals.js';
import { depart } from './registrations.js';

/** Handlers that return promises, while the manager is attached. */
export const asyncHandlers: Kinds<World> = {
  promise: {
    weight: 3,
    args: [],
    run: (world) => {
      const { turn, host } = world;
      if (!host || world.setting.promises !== 1 || !turn.running || !turn.handler || turn.promised)
        return;
      turn.promised = new Promise<void>((resolve, reject) => {
        turn.settle = (error) => (error ? reject(error) : resolve());
      });
    },
  },
  settle: {
    weight: 5,
    args: [MEMBERS, 3],
    outside: true,
    run: (world, who: number, die: number) => {
      const member = world.members[who]!;
      if (member.waiting) return settle(world, who, die === 0);
    },
  },
};

/** Its promise is settled, and what follows from that is done. */
async function settle(world: World, who: number, rejects: boolean): Promise<void> {
  const member = world.members[who]!;
  const before = world.reported.length;
  const error = rejects ? new Error('of a promise') : undefined;
  member.waiting!.settle(error);
  // What was set aside for it is looked through, if it is still there or not.
  world.turn.asked = true;
  for (let i = 0; i < 4; i += 1) await undefined;
  world.takeEvictions();
  if (member.left) member.waiting = undefined;
  else world.release(member);
  world.takeEvictions();
  const heard = world.reported.slice(before);
  if (!error) return;
  world.agree(heard.includes(error), () => 'S20: onError did not hear of a rejection');
  if (world.policy === 'remove' && !member.left) depart(world, member);
  if (world.policy === 'stop') reattach(world);
}

/** The loop was stopped, which ends all waiting, and is begun anew. */
export function reattach(world: World): void {
  for (const member of world.members) if (member.waiting) world.release(member);
  world.takeEvictions();
  world.expect('attach after a stop', 'done', () => void world.manager.attach());
}
