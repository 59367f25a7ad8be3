import { createRequire } from 'node:module';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { Epoll } from 'wasm-event-manager/compat/epoll';
import { type Contestant, pairedRows } from './paired.js';
import { NPM_FOLDER, prepare } from './peers.js';
import { formatNs, type Row } from './results.js';
import { median, spread } from './statistics.js';
import type { Goal } from './workloads.js';

/** P11: fds in Node's own loop, by `attach`, by our `compat/epoll`, and by the npm package. */

const GOAL: Goal = { target: 0.08, floor: 0.1 };
const BELLS = 64;
const RINGS = 3;
const BUSY_MS = 30;
const PATIENCE_MS = 2_000;

/** Has a function called whenever one of the eventfds is ready; answers how to stop that. */
type Watch = (bells: readonly EventFd[], onReady: (bell: EventFd) => void) => () => void;

const byAttach: Watch = (bells, onReady) => {
  const manager = new EventManager();
  manager.addSubscriber({
    init: (ops) => bells.forEach((bell, i) => void ops.add(new Events(bell, EventSet.IN, i))),
    process: ({ data }) => onReady(bells[data]!),
  });
  manager.attach();
  return () => manager.close();
};

const byEpoll =
  (Class: typeof Epoll): Watch =>
  (bells, onReady) => {
    const byFd = new Map(bells.map((bell) => [bell.fd, bell]));
    const epoll = new Class((_, fd) => onReady(byFd.get(fd)!));
    for (const bell of bells) epoll.add(bell.fd, Class.EPOLLIN);
    return () => epoll.close();
  };

export async function attachedRows(quick: boolean): Promise<{ rows: Row[]; skipped?: string }> {
  const skipped = prepare('epoll');
  if (skipped !== undefined) return { rows: [], skipped };
  const peer: typeof Epoll = createRequire(NPM_FOLDER)('epoll').Epoll;
  const trips = quick ? 200 : 2_000;
  const against = (title: string, watch: Watch) => {
    const ours = roundTrips('ours', trips, watch);
    const peers = [{ contestant: roundTrips('epoll', trips, byEpoll(peer)), goal: GOAL }];
    return pairedRows({ workload: 'P11', title, units: trips, ours, peers }, quick ? 3 : 60);
  };
  const rows = [
    ...(await against('attached: write, event, read', byAttach)),
    ...(await against('the same by compat/epoll', byEpoll(Epoll))),
    await busyRow(byAttach, byEpoll(peer), quick ? 2 : 20),
  ];
  return { rows };
}

/** Rings a bell, whose handler reads it and rings again, so many times. */
function roundTrips(name: string, trips: number, watch: Watch): Contestant {
  const bell = new EventFd();
  let left = 0;
  let read = 0;
  let done: (read: number) => void;
  const stop = watch([bell], () => {
    read += Number(bell.read());
    left -= 1;
    if (left > 0) bell.write();
    else done(read);
  });
  return {
    name,
    round: () =>
      new Promise((resolve) => {
        [left, read, done] = [trips, 0, resolve];
        bell.write();
      }),
    stop: () => {
      stop();
      bell.close();
    },
  };
}

/** What is lost of rings while JavaScript is busy, and how long it takes to catch up. */
async function busyRow(ours: Watch, theirs: Watch, rounds: number): Promise<Row> {
  const sides = [ours, theirs].map(busySide);
  const times: number[][] = [[], []];
  const lost = [0, 0];
  for (let round = -1; round < rounds; round += 1) {
    for (const [i, side] of sides.entries()) {
      const result = await side.round();
      lost[i]! += result.lost;
      if (round >= 0) times[i]!.push(result.ns);
    }
  }
  for (const side of sides) side.stop();
  if (lost[0]! > 0) throw new Error(`ours lost ${lost[0]} rings`);
  const show = (i: number) => `${lost[i]} lost, ${formatNs(median(times[i]!))}`;
  const ratios = times[0]!.map((ns, round) => ns / times[1]![round]!);
  return {
    workload: 'P11',
    title: `${BELLS} fds, rung ${RINGS} times in ${BUSY_MS} ms of busy JavaScript: to catch up`,
    peer: 'epoll',
    ours: show(0),
    theirs: show(1),
    ratio: median(ratios),
    spread: spread(ratios),
    goal: null,
  };
}

function busySide(watch: Watch) {
  const bells = Array.from({ length: BELLS }, () => new EventFd());
  let read = 0;
  const stop = watch(bells, (bell) => {
    read += Number(bell.read());
  });
  const round = async () => {
    read = 0;
    for (let ring = 0; ring < RINGS; ring += 1) {
      for (const bell of bells) bell.write();
      spin(BUSY_MS / RINGS);
    }
    const began = process.hrtime.bigint();
    const deadline = performance.now() + PATIENCE_MS;
    while (read < BELLS * RINGS && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
    return { ns: Number(process.hrtime.bigint() - began), lost: BELLS * RINGS - read };
  };
  return {
    round,
    stop: () => {
      stop();
      for (const bell of bells) bell.close();
    },
  };
}

function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}
