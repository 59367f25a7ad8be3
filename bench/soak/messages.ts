import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import type { Ground, Load } from './load.js';

const STEP = 16;
const DELAY_MAX_NS = 30e6;
const REPEATS = 3;
const TOPICS_MAX = 1_000;

/** Alerts that are set, and half of them cancelled; a timer that fires a few times. */
export function timerLoad({ manager, random }: Ground): Load {
  const clock = new LiveClock(manager);
  const counts = { set: 0, fired: 0, cancelled: 0, repeats: 0, repeated: 0 };
  let name = 0;
  const later = () => clock.timestampNs() + BigInt(Math.ceil(random() * DELAY_MAX_NS));

  return {
    name: 'timers',
    idle: () =>
      counts.set === counts.fired + counts.cancelled && counts.repeats === counts.repeated,
    step() {
      for (let i = 0; i < STEP; i += 1) {
        name += 1;
        counts.set += 1;
        const handler = () => {
          counts.fired += 1;
        };
        clock.setTimeAlert(`alert ${name}`, later(), { handler });
        if (i % 2 === 0 && clock.cancelTimer(`alert ${name}`)) counts.cancelled += 1;
      }
      counts.repeats += 1;
      const repeating = `timer ${name}`;
      let times = 0;
      const handler = () => {
        times += 1;
        if (times === REPEATS && clock.cancelTimer(repeating)) counts.repeated += 1;
      };
      clock.setTimer(repeating, 1_000_000n, { handler });
    },
    sums: () => ({
      'alerts fired or cancelled': [counts.set, counts.fired + counts.cancelled],
      'timers repeated': [counts.repeats, counts.repeated],
    }),
    close: () => clock.dispose(),
  };
}

/** Topics never seen before, patterns that come and go, requests. */
export function busLoad({ manager }: Ground): Load {
  const bus = new MessageBus(manager, { topicsMax: TOPICS_MAX });
  const counts = { published: 0, delivered: 0, asked: 0, answered: 0 };
  let number = 0;
  bus.register<number>('double', (value, request) => request?.respond(value * 2));
  bus.subscribe('kept.*', () => {
    counts.delivered += 1;
  });

  function request(): void {
    counts.asked += 1;
    const value = counts.asked;
    const callback = (error: unknown, answer: unknown) => {
      if (error !== undefined || answer !== value * 2) throw new Error(`${value}: ${error}`);
      counts.answered += 1;
    };
    bus.request<number, number>('double', value, { timeoutMs: 60_000, callback });
  }

  return {
    name: 'bus',
    idle: () => counts.published === counts.delivered && counts.asked === counts.answered,
    step() {
      for (let i = 0; i < STEP; i += 1) {
        number += 1;
        const pattern = `kept.${number}.?`;
        const passing = () => {
          counts.delivered += 1;
          subscription.unsubscribe();
        };
        const subscription = bus.subscribe(pattern, passing, { priority: number % 5 });
        counts.published += 2;
        bus.publish(`kept.${number}.a`, number);
      }
      request();
    },
    sums: () => ({
      'messages delivered': [counts.published, counts.delivered],
      'requests answered': [counts.asked, counts.answered],
    }),
    close: () => bus.close(),
  };
}
