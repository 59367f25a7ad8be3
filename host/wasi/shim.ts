import { EventManagerError } from '../contract/index.js';
import { type ForeignKind, letThrough } from './foreign.js';

const SHIM = '@bytecodealliance/preview2-shim';

type Interface = Record<string, unknown>;
type Class = Parameters<typeof letThrough>[1];

/** What is used of preview2-shim: files and random numbers. */
export interface Shim {
  readonly random: Record<'random' | 'insecure' | 'insecureSeed', Interface>;
  createFilesystem(options: { preopens: object }): Record<'types' | 'preopens', Interface>;
}

/** The optional package, loaded on first use. @throws ERR_MISSING_PEER */
export async function loadShim(): Promise<Shim> {
  const shim = await load();
  const { Pollable } = shim.io.poll;
  const { InputStream, OutputStream } = shim.io.streams;
  const foreign = { Pollable, InputStream, OutputStream, Error: shim.io.error.Error };
  for (const [kind, each] of Object.entries(foreign)) letThrough(kind as ForeignKind, each);
  return { random: shim.random, createFilesystem: shim.filesystem.createFilesystem };
}

interface Loaded {
  readonly random: Shim['random'];
  readonly filesystem: Pick<Shim, 'createFilesystem'>;
  readonly io: {
    readonly poll: { Pollable: Class };
    readonly streams: { InputStream: Class; OutputStream: Class };
    readonly error: { Error: Class };
  };
}

async function load(): Promise<Loaded> {
  // Not as a constant, which a bundler would take along.
  const names = ['random', 'filesystem', 'io'] as const;
  const load = async (name: string) => (await import(`${SHIM}/${name}`)) as Interface;
  try {
    const loaded = await Promise.all(names.map(load));
    const shim = Object.fromEntries(names.map((name, i) => [name, loaded[i]])) as unknown as Loaded;
    if (typeof shim.filesystem.createFilesystem === 'function') return shim;
  } catch (cause) {
    throw missing('is not installed', cause);
  }
  throw missing('is too old: 0.26 or later is needed');
}

function missing(what: string, cause?: unknown): EventManagerError {
  return new EventManagerError(
    'ERR_MISSING_PEER',
    `a WASI guest's files and random numbers come from ${SHIM}, which ${what}: \`npm install ` +
      `${SHIM}\``,
    { cause },
  );
}
