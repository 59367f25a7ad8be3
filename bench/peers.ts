import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ContenderProcess } from './contender.js';
import type { Command } from './system-calls.js';
import type { Way } from './ways.js';
import { argumentsOf, type Peer, scenarioFor, type Workload } from './workloads.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD_LIMIT_MS = 300_000;

export const PEERS: readonly Peer[] = [
  'koffi',
  'c',
  'c-threads',
  'event-manager',
  'eventp',
  'mio',
  'epoll',
];

/** How a peer is made: from sources of ours and published packages, with the usual compiler. */
interface Recipe {
  readonly compiler: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
  /** What it makes, where making it again would be of no use. */
  readonly product?: string;
}

const C: Recipe = {
  compiler: 'gcc',
  args: [
    '-O2',
    '-Wall',
    '-Werror',
    '-pthread',
    '-o',
    `${ROOT}build/peers/epoll`,
    `${ROOT}bench/peers/c/epoll.c`,
  ],
};
const RUST: Recipe = {
  compiler: 'cargo',
  args: ['build', '--release', '--locked', '--quiet'],
  env: { CARGO_TARGET_DIR: `${ROOT}build/peers/rust` },
};
/** Where the npm package `epoll` is built: its addon is compiled where it is installed. */
export const NPM_FOLDER = `${ROOT}build/peers/npm/`;
/** Where this Node came with its headers, node-gyp need not download them. */
const PREFIX = dirname(dirname(process.execPath));
const HEADERS = existsSync(`${PREFIX}/include/node/node.h`);
const EPOLL: Recipe = {
  compiler: 'npm',
  args: [
    'install',
    '--prefix',
    NPM_FOLDER,
    ...['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'],
    'epoll@4.0.2',
  ],
  env: HEADERS ? { npm_config_nodedir: PREFIX } : {},
  product: `${NPM_FOLDER}node_modules/epoll/build/Release/epoll.node`,
};
const RECIPES: Partial<Record<Peer, Recipe>> = {
  c: C,
  'c-threads': C,
  'event-manager': RUST,
  eventp: RUST,
  mio: RUST,
  epoll: EPOLL,
};

const outcomes = new Map<Recipe, string | undefined>();

/** Builds a peer, once: the reason why it is skipped, or undefined when it is there. */
export function prepare(peer: Peer): string | undefined {
  const recipe = RECIPES[peer];
  if (!recipe) return undefined;
  if (!outcomes.has(recipe)) outcomes.set(recipe, build(recipe));
  return outcomes.get(recipe);
}

function build({ compiler, args, env, product }: Recipe): string | undefined {
  if (product !== undefined && existsSync(product)) return undefined;
  mkdirSync(`${ROOT}build/peers`, { recursive: true });
  const result = spawnSync(compiler, args, {
    cwd: `${ROOT}bench/peers/rust`,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: BUILD_LIMIT_MS,
  });
  if (result.error) return `${compiler} is not there (${result.error.message})`;
  if (result.status === 0) return undefined;
  console.error(result.stderr);
  return `${compiler} failed, with the message above`;
}

/** How the contenders of a workload are started, ours first, in each way. */
export function commandsOf(
  workload: Workload,
  ways: readonly Way[],
  peers: readonly Peer[],
): Command[] {
  const script = (file: string) => `${ROOT}build/bench/contenders/${file}.js`;
  const ours = [script('ours'), ...argumentsOf(workload.scenario)];
  return [
    ...ways.map(({ name, node, env }) => ({ name, command: node, args: ours, env })),
    ...peers.map((name) => {
      const args = argumentsOf(scenarioFor(workload, name));
      if (name === 'koffi') {
        const env = { ...process.env, WASM_EVENT_MANAGER_FFI: 'libc' };
        return { name, command: process.execPath, args: [script('bare'), ...args], env };
      }
      const raw = `${ROOT}build/peers/epoll`;
      if (name === 'c') return { name, command: raw, args };
      if (name === 'c-threads') return { name, command: raw, args: [...args, 'threads'] };
      return { name, command: `${ROOT}build/peers/rust/release/peers`, args: [name, ...args] };
    }),
  ];
}

/** Starts them. */
export function start(commands: readonly Command[]): ContenderProcess[] {
  return commands.map(
    ({ name, command, args, env }) => new ContenderProcess(name, command, args, env),
  );
}
