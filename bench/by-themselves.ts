import { attachedRows } from './attached.js';
import { busRows } from './bus.js';
import { echoRows } from './echo.js';
import { coldStartRow, installedSizeRow, memoryRow } from './footprint.js';
import { growthRows } from './growth.js';
import { handlerRows } from './handlers.js';
import { remoteRows } from './remote.js';
import type { Row } from './results.js';
import { timerRows } from './timers.js';

/** Those that run in one process, on its Node and by its way into the kernel. */
export const BY_THEMSELVES = [
  'P9',
  'P10',
  'P11',
  'P12',
  'P13',
  'P14',
  'P15',
  'P16',
  'P21',
] as const;
type Name = (typeof BY_THEMSELVES)[number];

/** Rows, and why a peer has none. */
export interface Outcome {
  readonly rows: readonly Row[];
  readonly skipped?: string | undefined;
}

const RUNNERS: Record<Name, (quick: boolean) => Outcome | Promise<Outcome>> = {
  P9: () => ({ rows: [memoryRow()] }),
  P10: echoRows,
  P11: attachedRows,
  P12: (quick) => remoteRows(quick ? 3 : 60),
  P13: async (quick) => ({ rows: await timerRows(quick) }),
  P14: busRows,
  P15: async (quick) => ({ rows: await handlerRows(quick) }),
  P16: (quick) => ({ rows: [coldStartRow(quick ? 3 : 25), installedSizeRow()] }),
  P21: (quick) => ({ rows: growthRows(quick ? 2 : 15) }),
};

/** Runs one of them here. */
export async function runAlone(name: string, quick: boolean): Promise<Outcome> {
  return await RUNNERS[name as Name](quick);
}
