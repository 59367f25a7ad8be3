import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';
import { formatNs, type Row } from './results.js';
import { median, spread } from './statistics.js';

/** What one operation costs among so many others. */
interface Curve {
  readonly title: string;
  /** The first is what the others are compared with. */
  readonly sizes: readonly number[];
  /** Sets up so many, and answers what is timed, and how to end. */
  prepare(size: number): { operate: (round: number) => void; end: () => void };
  /** Operations of a round; or so many for each of what there is. */
  readonly units: number | 'size';
  /** What it may cost by the first size, where it is to be flat. */
  readonly most: number | null;
}

const nothing = () => {};
const idle = () => ({ process: nothing });
const FAR = 10n ** 15n;
/** Times what a first size costs: with a turn's noise, flat. */
const FLAT = 1.5;

function turn(prepare: (manager: EventManager, size: number) => unknown): Curve['prepare'] {
  return (size) => {
    const manager = new EventManager();
    prepare(manager, size);
    const operate = () => {
      for (let i = 0; i < 500; i += 1) manager.runWithTimeout(0);
    };
    return { operate, end: () => manager.close() };
  };
}

const CURVES: readonly Curve[] = [
  {
    title: 'one of N shares leaves and joins',
    sizes: [100, 1_000, 10_000],
    units: 200,
    most: FLAT,
    prepare: (size) => {
      const [manager, bell] = [new EventManager(), new EventFd()];
      const ids = Array.from({ length: size }, () =>
        manager.addSubscriber({
          init: (ops) => ops.share(new Events(bell, EventSet.IN)),
          process: nothing,
        }),
      );
      const ops = manager.eventOps(ids[size >> 1]!);
      const operate = () => {
        for (let i = 0; i < 200; i += 1) {
          ops.remove(bell);
          ops.share(new Events(bell, EventSet.IN));
        }
      };
      const end = () => {
        manager.close();
        bell.close();
      };
      return { operate, end };
    },
  },
  {
    title: 'metrics of N subscribers',
    sizes: [100, 10_000, 100_000],
    units: 200,
    most: FLAT,
    prepare: (size) => {
      const manager = new EventManager();
      for (let i = 0; i < size; i += 1) manager.addSubscriber(idle());
      const operate = () => {
        for (let i = 0; i < 200; i += 1) manager.metrics();
      };
      return { operate, end: () => manager.close() };
    },
  },
  {
    title: 'a turn of a manager with N live clocks',
    sizes: [1, 100, 1_000],
    units: 500,
    most: FLAT,
    prepare: turn((manager, size) => {
      for (let i = 0; i < size; i += 1) {
        const clock = new LiveClock(manager);
        clock.setTimeAlert('far', clock.timestampNs() + FAR, { handler: nothing });
      }
    }),
  },
  {
    title: 'a turn of a manager with N callers',
    sizes: [1, 100, 1_000],
    units: 500,
    most: FLAT,
    prepare: turn((manager, size) => {
      const endpoint = manager.remoteEndpoint();
      for (let i = 0; i < size; i += 1) endpoint.share();
    }),
  },
  {
    title: 'each of N alerts of one time',
    sizes: [1_000, 10_000, 100_000],
    units: 'size',
    // As many steps; but a hundred thousand are in no cache any more.
    most: 4,
    prepare: (size) => {
      const clock = new TestClock();
      const operate = (round: number) => {
        const time = BigInt(round + 100);
        for (let i = 0; i < size; i += 1) clock.alertAt(time, nothing);
        clock.advanceTime(time);
      };
      return { operate, end: nothing };
    },
  },
  {
    title: 'a first message among N patterns',
    sizes: [1_000, 10_000, 100_000],
    units: 200,
    most: null,
    prepare: (size) => {
      const bus = new MessageBus();
      for (let i = 0; i < size; i += 1) bus.subscribe(`p${i}.*`, nothing);
      const operate = (round: number) => {
        for (let i = 0; i < 200; i += 1) bus.publish(`p5.${round}.${i}`, 1);
      };
      return { operate, end: () => bus.close() };
    },
  },
  {
    title: 'a wild pattern among N topics',
    sizes: [1_000, 10_000, 100_000],
    units: 20,
    most: null,
    prepare: (size) => {
      const bus = new MessageBus();
      for (let i = 0; i < size; i += 1) bus.publish(`t.${i}`, 1);
      const operate = (round: number) => {
        for (let i = 0; i < 20; i += 1) bus.subscribe(`q${round}.${i}.*`, nothing);
      };
      return { operate, end: () => bus.close() };
    },
  },
];

/** P21: how the cost of one operation grows with what there is. */
export function growthRows(rounds: number): Row[] {
  return CURVES.flatMap((curve) => {
    timesOf(curve, curve.sizes[0]!, 1); // Compiled, before the first is timed.
    const points = curve.sizes.map((size) => timesOf(curve, size, rounds));
    const first = median(points[0]!);
    return curve.sizes.slice(1).map((size, i): Row => {
      const ns = points[i + 1]!;
      return {
        workload: 'P21',
        title: `${curve.title}: N = ${size}`,
        peer: `N = ${curve.sizes[0]}`,
        ours: formatNs(median(ns)),
        oursNs: median(ns),
        theirs: formatNs(first),
        ratio: median(ns) / first,
        spread: spread(ns.map((each) => each / first)),
        goal: curve.most === null ? null : { target: curve.most, floor: 2 * curve.most },
      };
    });
  });
}

/** Nanoseconds of an operation, in each round. */
function timesOf({ prepare, units }: Curve, size: number, rounds: number): number[] {
  const { operate, end } = prepare(size);
  const times: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const began = process.hrtime.bigint();
    operate(round + 3);
    const ns = Number(process.hrtime.bigint() - began);
    if (round >= 0) times.push(ns / (units === 'size' ? size : units));
  }
  end();
  return times;
}
