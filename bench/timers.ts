import { EventManager } from 'wasm-event-manager';
import { type Alert, LiveClock } from 'wasm-event-manager/clock';
import { pairedRows } from './paired.js';
import type { Row } from './results.js';

/** P13: timers that are set and cancelled, and timers that fire. */

const GOAL = { target: 0.5, floor: 0.6 };
const HOUR_MS = 3_600_000;
const HOUR_NS = BigInt(HOUR_MS) * 1_000_000n;

export async function timerRows(quick: boolean): Promise<Row[]> {
  const pending = quick ? 10_000 : 1_000_000;
  const firing = quick ? 1_000 : 100_000;
  return [...(await setAndCancel(pending, quick ? 1 : 5)), ...(await fire(firing, quick ? 1 : 9))];
}

/** So many pending at a time, and all of them cancelled. */
async function setAndCancel(count: number, rounds: number): Promise<Row[]> {
  const manager = new EventManager();
  const clock = new LiveClock(manager);
  const handler = () => {};
  const alerts: Alert[] = new Array(count);
  const handles: NodeJS.Timeout[] = new Array(count);
  return pairedRows(
    {
      workload: 'P13',
      title: `${count.toLocaleString('en')} timers set, then cancelled`,
      units: count,
      ours: {
        name: 'ours',
        round() {
          const base = clock.timestampNs() + HOUR_NS;
          for (let i = 0; i < count; i += 1) {
            // Not in their order: a tenth is earlier than those before.
            alerts[i] = clock.alertAt(base + BigInt((i * 7_919) % count), handler);
          }
          let cancelled = 0;
          for (let i = 0; i < count; i += 1) if (clock.cancelAlert(alerts[i]!)) cancelled += 1;
          return cancelled;
        },
        stop: () => manager.close(),
      },
      peers: [
        {
          contestant: {
            name: 'setTimeout',
            round() {
              for (let i = 0; i < count; i += 1) {
                handles[i] = setTimeout(handler, HOUR_MS + ((i * 7_919) % count) / 1_000);
              }
              for (let i = 0; i < count; i += 1) clearTimeout(handles[i]);
              return handles.length;
            },
          },
          goal: GOAL,
        },
      ],
    },
    rounds,
  );
}

/** So many that are due: from the first being set to the last having fired. */
async function fire(count: number, rounds: number): Promise<Row[]> {
  const manager = new EventManager();
  const clock = new LiveClock(manager);
  return pairedRows(
    {
      workload: 'P13',
      title: `${count.toLocaleString('en')} timers set, and fired`,
      units: count,
      ours: {
        name: 'ours',
        round() {
          let fired = 0;
          const handler = () => {
            fired += 1;
          };
          const now = clock.timestampNs();
          for (let i = 0; i < count; i += 1) clock.alertAt(now + BigInt(i), handler);
          while (fired < count) manager.run();
          return fired;
        },
        stop: () => manager.close(),
      },
      peers: [
        {
          contestant: {
            name: 'setTimeout',
            round: () =>
              new Promise((resolve) => {
                let fired = 0;
                const handler = () => {
                  fired += 1;
                  if (fired === count) resolve(fired);
                };
                for (let i = 0; i < count; i += 1) setTimeout(handler, 0);
              }),
          },
          goal: GOAL,
        },
      ],
    },
    rounds,
  );
}
