import { EventEmitter } from 'node:events';
import { MessageBus } from 'wasm-event-manager/bus';
import { type Contestant, pairedRows } from './paired.js';
import type { Row } from './results.js';

/** P14: publishing, to handlers of one topic, and among many patterns. */

const EMITTER = { target: 1.5, floor: 1.6 };
const WILDCARDS = { target: 0.1, floor: 0.12 };
const CALLS = 200_000;
const PATTERNS = 10_000;
const EVENTEMITTER2 = 'eventemitter2';

export async function busRows(quick: boolean): Promise<{ rows: Row[]; skipped?: string }> {
  const rounds = quick ? 2 : 40;
  const rows: Row[] = [];
  for (const subscribers of [1, 10, 1_000])
    rows.push(...(await toSubscribers(subscribers, rounds)));
  const wildcards = await amongPatterns(rounds);
  return wildcards ? { rows: [...rows, ...wildcards] } : { rows, skipped: 'it is not installed' };
}

async function toSubscribers(subscribers: number, rounds: number): Promise<Row[]> {
  const publishes = Math.max(1, CALLS / subscribers);
  const units = publishes * subscribers;
  const bus = new MessageBus();
  const emitter = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
  let received = 0;
  for (let i = 0; i < subscribers; i += 1) {
    // A function each: neither side may take them for one.
    bus.subscribe<number>('prices.oil', (price) => {
      received += price;
    });
    emitter.on('prices.oil', (price: number) => {
      received += price;
    });
  }
  const counted = (publish: () => void): Contestant['round'] => {
    return () => {
      received = 0;
      for (let i = 0; i < publishes; i += 1) publish();
      return received;
    };
  };
  return pairedRows(
    {
      workload: 'P14',
      title: `publish to ${subscribers} of one topic, each call`,
      units,
      ours: { name: 'ours', round: counted(() => bus.publish('prices.oil', 1)) },
      peers: [
        {
          contestant: {
            name: 'EventEmitter',
            round: counted(() => void emitter.emit('prices.oil', 1)),
          },
          goal: EMITTER,
        },
      ],
    },
    rounds,
  );
}

interface WildcardEmitter {
  on(pattern: string, listener: (price: number) => void): unknown;
  emit(topic: string, price: number): boolean;
}

/** Of so many patterns one matches each topic; ten topics take turns. */
async function amongPatterns(rounds: number): Promise<Row[] | undefined> {
  const Emitter = await import(EVENTEMITTER2).then(
    ({ default: { EventEmitter2 } }) => EventEmitter2,
    () => undefined,
  );
  if (!Emitter) return undefined;
  const bus = new MessageBus();
  const emitter: WildcardEmitter = new Emitter({ wildcard: true, maxListeners: 0 });
  let received = 0;
  const note = () => (price: number) => {
    received += price;
  };
  for (let i = 0; i < PATTERNS; i += 1) {
    bus.subscribe(`desk.*.item${i}`, note());
    emitter.on(`desk.*.item${i}`, note());
  }
  const topics = Array.from({ length: 10 }, (_, i) => `desk.oil.item${i * 1_000}`);
  const publishes = 2_000;
  const counted = (publish: (topic: string) => void): Contestant['round'] => {
    return () => {
      received = 0;
      for (let i = 0; i < publishes; i += 1) publish(topics[i % topics.length]!);
      return received;
    };
  };
  return pairedRows(
    {
      workload: 'P14',
      title: `publish among ${PATTERNS.toLocaleString('en')} patterns`,
      units: publishes,
      ours: { name: 'ours', round: counted((topic) => bus.publish(topic, 1)) },
      peers: [
        {
          contestant: { name: 'eventemitter2', round: counted((topic) => emitter.emit(topic, 1)) },
          goal: WILDCARDS,
        },
      ],
    },
    rounds,
  );
}
