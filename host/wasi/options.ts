import { checkCount, checkOptions, invalidType, type OptionNames } from '../contract/index.js';
import type { NetworkDecision, NetworkLists, NetworkLog } from './policy.js';

/** What a WASI guest is given. */
export interface WasiOptions {
  /** What the guest may do in the network; nothing by default. */
  readonly network?: NetworkLists | NetworkDecision;
  /** Is told of each decision about the network. */
  readonly onNetwork?: NetworkLog;
  /** The guest's arguments, its own name first. */
  readonly args?: readonly string[];
  /** The guest's environment; empty by default. */
  readonly env?: Readonly<Record<string, string>>;
  /** Directories by their paths in the guest: `{ '/data': './data' }`. None by default. */
  readonly preopens?: Readonly<Record<string, string>>;
  /** The fds behind the standard streams: 0, 1 and 2 by default. They stay the caller's. */
  readonly stdin?: number;
  readonly stdout?: number;
  readonly stderr?: number;
  /** How many sockets, streams and pollables the guest may hold: 1 to 2³¹−1, by default 16 384. */
  readonly resourcesMax?: number;
}

const KNOWN: OptionNames<WasiOptions> = {
  network: true,
  onNetwork: true,
  args: true,
  env: true,
  preopens: true,
  stdin: true,
  stdout: true,
  stderr: true,
  resourcesMax: true,
};
const INT_MAX = 2 ** 31 - 1;
const RESOURCES_MAX = 16_384;

export type Settings = Required<Omit<WasiOptions, 'network' | 'onNetwork'>> &
  Pick<WasiOptions, 'network' | 'onNetwork'>;

/** @throws TypeError and RangeError */
export function settingsOf(options: WasiOptions): Settings {
  const given = checkOptions('createWasi', options, KNOWN);
  const { args = [], env = {}, preopens = {}, stdin = 0, stdout = 1, stderr = 2 } = given;
  if (!Array.isArray(args) || !args.every((each) => typeof each === 'string'))
    throw invalidType('args', 'an array of texts', args);
  checkTexts('env', env);
  checkTexts('preopens', preopens);
  const { resourcesMax = RESOURCES_MAX, onNetwork } = given;
  if (onNetwork !== undefined && typeof onNetwork !== 'function')
    throw invalidType('onNetwork', 'a function', onNetwork);
  checkCount('resourcesMax', resourcesMax, 1, INT_MAX);
  for (const [name, fd] of Object.entries({ stdin, stdout, stderr }))
    checkCount(name, fd, 0, INT_MAX);
  return { ...given, args, env, preopens, stdin, stdout, stderr, resourcesMax };
}

function checkTexts(name: string, texts: unknown): void {
  const fits = typeof texts === 'object' && texts !== null;
  if (!fits || !Object.values(texts).every((each) => typeof each === 'string'))
    throw invalidType(name, 'an object of texts', texts);
}
