import {
  CounterModel,
  type FileModel,
  PipeModel,
  RegularModel,
  SocketModel,
} from '../model/files.js';
import type { Kinds } from '../program.js';
import type { World } from '../world.js';

/** How many numbers there are for fds, all of them above what the process has open. */
export const NUMBERS = 9;
const FIRST = 500;
const EDGES = [1_023, 1_024, 2 ** 20, 2 ** 31 - 1];
const LENGTHS = [1, 3, 8];
const HOW = ['read', 'write', 'both'] as const;

/** The number that an index stands for. A real kernel has those below its limit only. */
export function numberOf(world: World, index: number): number {
  const edge = EDGES[index - (NUMBERS - EDGES.length)];
  return edge !== undefined && world.setting.edges === 1 ? edge : FIRST + index;
}

/** Files come and go, and numbers name one after the other. */
export const descriptors: Kinds<World> = {
  open: {
    weight: 8,
    args: [6, NUMBERS, NUMBERS],
    run: (world, kind: number, index: number, other: number) => {
      const fd = numberOf(world, index);
      if (kind < 3) place(world, fd, world.kernel.eventfd(), new CounterModel());
      else if (kind === 3) pair(world, fd, numberOf(world, other), 'pipe');
      else if (kind === 4) pair(world, fd, numberOf(world, other), 'socketpair');
      else place(world, fd, world.kernel.regularFile(), new RegularModel());
    },
  },
  close: {
    weight: 4,
    args: [NUMBERS],
    run: (world, index: number) => close(world, numberOf(world, index)),
  },
  dup2: {
    weight: 5,
    args: [NUMBERS, NUMBERS],
    run: (world, from: number, to: number) => {
      const [fd, target] = [numberOf(world, from), numberOf(world, to)];
      const file = world.names.get(fd);
      if (!file || fd === target) return;
      world.kernel.dup2(fd, target);
      name(world, target, file);
    },
  },
  write: {
    weight: 10,
    args: [NUMBERS, LENGTHS.length],
    run: (world, index: number, length: number) => {
      const fd = numberOf(world, index);
      const file = world.names.get(fd);
      if (file instanceof CounterModel) {
        world.kernel.ring(fd);
        file.write();
      } else if (file instanceof PipeModel || file instanceof SocketModel) {
        world.kernel.write(fd, new Uint8Array(LENGTHS[length]!));
        file.write(LENGTHS[length]!);
      }
    },
  },
  read: {
    weight: 8,
    args: [NUMBERS, LENGTHS.length],
    run: (world, index: number, length: number) => {
      const fd = numberOf(world, index);
      const file = world.names.get(fd);
      const wanted = LENGTHS[length]!;
      if (file instanceof CounterModel) {
        const count = world.kernel.readCounter(fd);
        agreeOnRead(world, fd, Number(count), file.read());
      } else if (file instanceof PipeModel || file instanceof SocketModel) {
        const bytes = world.kernel.read(fd, wanted);
        agreeOnRead(world, fd, typeof bytes === 'number' ? 0 : bytes.length, file.read(wanted));
      }
    },
  },
  shutdown: {
    weight: 1,
    args: [NUMBERS, HOW.length],
    run: (world, index: number, how: number) => {
      const fd = numberOf(world, index);
      const file = world.names.get(fd);
      if (!(file instanceof SocketModel)) return;
      world.kernel.shutdown(fd, HOW[how]!);
      file.shutdown(HOW[how]!);
    },
  },
};

function agreeOnRead(world: World, fd: number, got: number, expected: number): void {
  world.agree(Math.max(0, got) === expected, () => `fd ${fd} has ${got}, and not ${expected}`);
}

function pair(world: World, fd: number, second: number, kind: 'pipe' | 'socketpair'): void {
  if (fd === second) return;
  const [one, other] = world.kernel[kind]();
  const models =
    kind === 'pipe'
      ? ([new PipeModel(true), new PipeModel(false)] as const)
      : ([new SocketModel(), new SocketModel()] as const);
  models[0].peer = models[1] as never;
  models[1].peer = models[0] as never;
  // Either keeps the other open until both have their numbers.
  models[0].names += 1;
  models[1].names += 1;
  place(world, fd, one, models[0]);
  place(world, second, other, models[1]);
  for (const each of models) each.names -= 1;
}

/** Gives a file that was just opened its number. */
function place(world: World, fd: number, opened: number, file: FileModel): void {
  world.kernel.dup2(opened, fd);
  name(world, fd, file);
  world.kernel.close(opened);
}

function name(world: World, fd: number, file: FileModel): void {
  const before = world.names.get(fd);
  world.names.set(fd, file);
  file.names += 1;
  if (before) unname(before);
}

function close(world: World, fd: number): void {
  const file = world.names.get(fd);
  if (!file) return;
  world.kernel.close(fd);
  world.names.delete(fd);
  unname(file);
}

function unname(file: FileModel): void {
  file.names -= 1;
  if (file.closed) file.end();
}
