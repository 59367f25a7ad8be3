import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ContenderProcess } from './contender.js';
import { argumentsOf, type Peer, scenarioFor, type Workload } from './workloads.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD_LIMIT_MS = 300_000;

export const PEERS: readonly Peer[] = ['koffi', 'c', 'event-manager', 'eventp', 'mio'];

/** How a peer is made: from sources of ours and published packages, with the usual compiler. */
interface Recipe {
  readonly compiler: string;
  readonly args: readonly string[];
  readonly env?: Record<string, string>;
}

const C: Recipe = {
  compiler: 'gcc',
  args: [
    '-O2',
    '-Wall',
    '-Werror',
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
const RECIPES: Partial<Record<Peer, Recipe>> = {
  c: C,
  'event-manager': RUST,
  eventp: RUST,
  mio: RUST,
};

const outcomes = new Map<Recipe, string | undefined>();

/** Builds a peer, once: the reason why it is skipped, or undefined when it is there. */
export function prepare(peer: Peer): string | undefined {
  const recipe = RECIPES[peer];
  if (!recipe) return undefined;
  if (!outcomes.has(recipe)) outcomes.set(recipe, build(recipe));
  return outcomes.get(recipe);
}

function build({ compiler, args, env }: Recipe): string | undefined {
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

/** Starts the contenders of a workload, ours first. */
export function start(workload: Workload, peers: readonly Peer[]): ContenderProcess[] {
  const contender = (file: string) => `${ROOT}build/bench/contenders/${file}.js`;
  const ours = argumentsOf(workload.scenario);
  return [
    new ContenderProcess('ours', process.execPath, [contender('ours'), ...ours]),
    ...peers.map((peer) => {
      const args = argumentsOf(scenarioFor(workload, peer));
      if (peer === 'koffi') {
        return new ContenderProcess(peer, process.execPath, [contender('bare'), ...args]);
      }
      if (peer === 'c') return new ContenderProcess(peer, `${ROOT}build/peers/epoll`, args);
      const binary = `${ROOT}build/peers/rust/release/peers`;
      return new ContenderProcess(peer, binary, [peer, ...args]);
    }),
  ];
}
