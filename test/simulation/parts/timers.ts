import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import type { Kinds } from '../program.js';
import type { World } from '../world.js';

const NAMES = 4;
const STEP_NS = 1_000n;
const STEPS = 20;

/** The kernel, where its time is simulated: else there is no telling what is due. */
function simulated(world: World): SimulatedSyscalls | undefined {
  const { syscalls } = world.kernel;
  // What a budget leaves over of timers is for the tests of the clock.
  if (Number.isFinite(world.budget)) return undefined;
  return syscalls instanceof SimulatedSyscalls ? syscalls : undefined;
}

/** A live clock of the manager, and time that goes by. */
export const timers: Kinds<World> = {
  alert: {
    weight: 3,
    args: [NAMES, STEPS],
    run: (world, name: number, steps: number) => {
      if (simulated(world)) set(world, `t${name}`, BigInt(steps) * STEP_NS, 0n);
    },
  },
  timer: {
    weight: 2,
    args: [NAMES, STEPS],
    run: (world, name: number, steps: number) => {
      const interval = BigInt(1 + steps) * STEP_NS;
      if (simulated(world)) set(world, `t${name}`, interval, interval);
    },
  },
  cancelTimer: {
    weight: 3,
    args: [NAMES],
    run: ({ timers, turn, agree }, name: number) => {
      const there = timers.drop(`t${name}`);
      // The alarm stays as it was until the next turn.
      if (there) turn.asked = true;
      const cancelled = timers.clock.cancelTimer(`t${name}`);
      agree(cancelled === there, () => `cancelTimer says ${cancelled}, and not ${there}`);
    },
  },
  reactToTimer: {
    weight: 2,
    args: [],
    nested: 'handler',
    outside: true,
    run: (world, operations: never) => {
      if (simulated(world)) world.timers.reactions.push(operations);
    },
  },
  advance: {
    weight: 4,
    args: [STEPS],
    outside: true,
    run: (world, steps: number) => simulated(world)?.advance(BigInt(steps) * STEP_NS),
  },
};

function set(world: World, name: string, after: bigint, interval: bigint): void {
  const { timers } = world;
  const time = timers.clock.timestampNs() + after;
  const options = { handler: timers.handler, replace: true };
  const code = world.expect(`a timer for ${time}`, 'done', () => {
    if (interval > 0n) timers.clock.setTimer(name, interval, options);
    else timers.clock.setTimeAlert(name, time, options);
  });
  if (timers.next(name) !== undefined) world.turn.asked = true;
  if (code === 'done') timers.set(name, time, interval);
  // The next turn is asked for at once, whatever comes of the timer.
  if (after === 0n) world.turn.asked = true;
  const next = timers.clock.nextTimeNs(name);
  world.agree(next === timers.next(name), () => `${name} is due at ${next}, not ${time}`);
}
