import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from './tree.js';

const FILE = join(ROOT, 'test/mutants/killers.json');

/** By source: how many mutants each test file has killed. Committed: CI tries those first. */
export class Killers {
  readonly #counts: Record<string, Record<string, number>>;

  constructor() {
    this.#counts = JSON.parse(readFileSync(FILE, 'utf8'));
  }

  of(source: string, test: string): number {
    return this.#counts[source]?.[test] ?? 0;
  }

  /** Those of all files of a source's room. */
  ofRoom(source: string, test: string): number {
    const room = dirname(source);
    const files = Object.keys(this.#counts).filter((file) => dirname(file) === room);
    return files.reduce((sum, file) => sum + this.of(file, test), 0);
  }

  /** The tests that have ever killed one. */
  get tests(): string[] {
    return [...new Set(Object.values(this.#counts).flatMap((each) => Object.keys(each)))];
  }

  note(source: string, test: string): void {
    this.#counts[source] ??= {};
    this.#counts[source][test] = this.of(source, test) + 1;
    this.#save();
  }

  #save(): void {
    const sorted = Object.fromEntries(
      Object.entries(this.#counts)
        .sort()
        .map(([file, tests]) => [file, Object.fromEntries(Object.entries(tests).sort())]),
    );
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, `${JSON.stringify(sorted, null, 2)}\n`);
  }
}
