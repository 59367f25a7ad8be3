import { readdirSync } from 'node:fs';
import type { EventManager } from 'wasm-event-manager';

/** What is sampled, its unit, and whether a short soak can tell anything by it. */
export const GAUGES = {
  rss: { unit: 'MB', exact: false },
  heap: { unit: 'MB', exact: false },
  arrayBuffers: { unit: 'MB', exact: false },
  wasm: { unit: 'kB', exact: true },
  fds: { unit: '', exact: true },
  handles: { unit: '', exact: true },
  registrations: { unit: '', exact: true },
  subscribers: { unit: '', exact: true },
} as const;

export type Gauge = keyof typeof GAUGES;
export type Sample = Readonly<Record<Gauge, number>>;

const MB = 1e6;
const COLLECTIONS = 2;

/**
 * Behind a collection of garbage, for which Node is started with --expose-gc. `keptByOthers`: what
 * of rss isn't ours, in MB.
 */
export function sample(manager: EventManager, keptByOthers: number): Sample {
  for (let i = 0; i < COLLECTIONS; i += 1) (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const { memoryBytes, registrations, subscribers } = manager.metrics();
  return {
    rss: rss / MB - keptByOthers,
    heap: heapUsed / MB,
    arrayBuffers: arrayBuffers / MB,
    wasm: memoryBytes / 1e3,
    fds: readdirSync('/proc/self/fd').length,
    handles: handles(),
    registrations,
    subscribers,
  };
}

/** libuv's handles of this thread, closing ones included, as Node's report lists them. */
function handles(): number {
  Object.assign(process.report!, { excludeNetwork: true });
  const report = process.report!.getReport() as unknown as { libuv: { type: string }[] };
  return report.libuv.filter(({ type }) => type !== 'loop').length;
}
