import { randomFrom } from '../fixtures/random.js';

/** One step: the name of its kind and small numbers, and at the end what a handler does, maybe. */
export type Operation = readonly [kind: string, ...args: (number | readonly Operation[])[]];

/** What a program runs on: small numbers too, each an index into a list of the world's. */
export type Setting = Readonly<Record<string, number>>;

/** All that makes a run: the same program does the same each time. */
export interface Program {
  readonly seed: number;
  readonly setting: Setting;
  readonly operations: readonly Operation[];
}

/**
 * A kind of operation. `W` is what it works on. It is to be possible in any state: what it names
 * and isn't there is refused, and the model knows with what, so that a program stays one when parts
 * of it are left out.
 */
export interface Kind<W> {
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Below what each of its numbers is. */
  readonly args: readonly number[];
  /** Whether a handler can do it. Default: it can. */
  readonly outside?: boolean;
  /** Whether it ends with operations, for a handler. */
  readonly nested?: boolean;
  /** Does it, to the library and to the model, and throws where they disagree. */
  run(world: W, ...args: never[]): void | Promise<void>;
}

export type Kinds<W> = Readonly<Record<string, Kind<W>>>;

export type Random = (below: number) => number;

/** Draws operations by the weights of their kinds. */
export class Generator<W> {
  readonly #outside: readonly string[];
  readonly #inside: readonly string[];
  readonly #kinds: Kinds<W>;
  readonly #settings: Readonly<Record<string, number>>;

  /** `settings`: below what each number of a setting is. */
  constructor(kinds: Kinds<W>, settings: Readonly<Record<string, number>>) {
    this.#kinds = kinds;
    this.#settings = settings;
    const names = Object.keys(kinds);
    const weighted = (of: readonly string[]) =>
      of.flatMap((name) => new Array<string>(kinds[name]!.weight).fill(name));
    this.#outside = weighted(names);
    this.#inside = weighted(names.filter((name) => !kinds[name]!.outside));
  }

  program(seed: number, length: number): Program {
    const random = randomFrom(seed);
    const setting = Object.fromEntries(
      Object.entries(this.#settings).map(([name, below]) => [name, random(below)]),
    );
    const operations = Array.from({ length }, () => this.#draw(random, this.#outside));
    return { seed, setting, operations };
  }

  #draw(random: Random, names: readonly string[]): Operation {
    const name = names[random(names.length)]!;
    const kind = this.#kinds[name]!;
    const args: (number | Operation[])[] = [];
    for (const below of kind.args) args.push(random(below));
    if (kind.nested) {
      args.push(Array.from({ length: 1 + random(3) }, () => this.#draw(random, this.#inside)));
    }
    return [name, ...args];
  }
}
