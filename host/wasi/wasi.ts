import { invalidType } from '../contract/index.js';
import { WasiExit } from './exit.js';
import { Guest } from './guest.js';
import {
  cliInterfaces,
  clockInterfaces,
  type Interfaces,
  ioInterfaces,
  socketInterfaces,
} from './interfaces.js';
import { settingsOf, type WasiOptions } from './options.js';
import { Policy } from './policy.js';
import { loadShim } from './shim.js';

/** The versions of WASI 0.2, up to the latest that was tried: 0.2.0 to 0.2.12. */
const PATCH_MAX = 12;

/** An instance that jco's `instantiate` answered, of a component that is a command. */
export interface Command {
  readonly run: { run(): void };
}

/** The world of one guest: what it imports, and what it holds. */
export class Wasi {
  /**
   * What `instantiate` of jco's takes as imports: `wasi:cli`, `wasi:clocks`, `wasi:filesystem`,
   * `wasi:io`, `wasi:random` and `wasi:sockets`, under their names without a version and with each
   * from 0.2.0 to 0.2.12.
   */
  readonly imports: Readonly<Interfaces>;
  readonly #guest: Guest;

  /** Use `createWasi`. */
  constructor(guest: Guest, interfaces: Interfaces) {
    this.#guest = guest;
    this.imports = Object.fromEntries(
      Object.entries(interfaces).flatMap(([name, functions]) => [
        [name, functions] as const,
        ...Array.from(
          { length: PATCH_MAX + 1 },
          (_, patch) => [`${name}@0.2.${patch}`, functions] as const,
        ),
      ]),
    );
  }

  /** Sockets, streams and pollables that the guest holds. */
  get resources(): number {
    return this.#guest.resources;
  }

  /**
   * Runs a command (`wasi:cli/run`) and closes all that it has left open. The thread is the guest's
   * until it ends.
   *
   * @returns the exit status: what the guest called `exit` with; else 0, or 1 where `run` failed
   * @throws what the guest trapped with
   */
  run(command: Command): number {
    if (typeof command?.run?.run !== 'function') {
      throw invalidType('command', 'an instance that exports wasi:cli/run', command);
    }
    try {
      command.run.run();
      return 0;
    } catch (error) {
      if (error instanceof WasiExit) return error.status;
      if (Object.hasOwn(Object(error), 'payload')) return 1;
      throw error;
    } finally {
      this.close();
    }
  }

  /** close(2) of every socket of the guest. What it calls after that is a trap, or an error. */
  close(): void {
    this.#guest.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * A native host for a WASI 0.2 component that jco has transpiled with `instantiation`: its sockets,
 * clocks, streams and polling are system calls of the thread that runs it, without a worker. Files
 * and random numbers are those of `@bytecodealliance/preview2-shim`, an optional peer. A guest that
 * waits blocks its thread.
 *
 * @throws TypeError and RangeError for options; ERR_MISSING_PEER
 *
 * @example
 * const wasi = await createWasi({ args: ['server'], network: { listen: ['127.0.0.1:8080'] } });
 * process.exitCode = wasi.run(instantiate(getCoreModule, wasi.imports));
 */
export async function createWasi(options: WasiOptions = {}): Promise<Wasi> {
  const settings = settingsOf(options);
  const policy = new Policy(settings.network, settings.onNetwork);
  const { random, createFilesystem } = await loadShim();
  const guest = new Guest(policy, settings.resourcesMax);
  const files = createFilesystem({ preopens: settings.preopens });
  return new Wasi(guest, {
    ...ioInterfaces(),
    ...clockInterfaces(guest),
    ...socketInterfaces(guest),
    ...cliInterfaces(guest, settings),
    'wasi:filesystem/types': files.types,
    'wasi:filesystem/preopens': files.preopens,
    'wasi:random/random': random.random,
    'wasi:random/insecure': random.insecure,
    'wasi:random/insecure-seed': random.insecureSeed,
  });
}
