import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BUILD = join(ROOT, 'build');
/** What is made here, and would be copied into itself. */
const OURS = ['mutants', 'coverage', 'readme', 'types'];
const LEFT_OUT = ['.git', 'node_modules', 'build'];

/** Built things that are no longer what the sources say. */
type Stale = 'bundle' | 'core' | 'component';

/** Whether a mutant can't be tried: it does not compile. */
export class DoesNotBuild extends Error {}

/** A copy of the built tree, in which one file at a time is changed, and what it is built into. */
export class Tree {
  readonly folder: string;
  readonly #flags: string[];
  readonly #stale = new Set<Stale>();
  #changed: { file: string; text: string } | undefined;

  /** `flags` for make, as `AS=--sourcemap`. */
  constructor(folder: string, flags: string[] = []) {
    this.folder = folder;
    this.#flags = flags;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'build'), { recursive: true });
    this.#copy('', LEFT_OUT);
    this.#copy('build', OURS);
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  }

  #copy(from: string, leftOut: string[]): void {
    const names = readdirSync(join(ROOT, from)).filter((name) => !leftOut.includes(name));
    for (const name of names) {
      const path = join(from, name);
      // With their times, so that make finds nothing to do.
      const options = { recursive: true, preserveTimestamps: true };
      cpSync(join(ROOT, path), join(this.folder, path), options);
    }
  }

  /** @throws DoesNotBuild */
  change(file: string, text: string): void {
    this.#changed = { file, text: readFileSync(join(this.folder, file), 'utf8') };
    this.#write(file, text);
    this.build();
  }

  /** The source as it was; what is built of it follows with the next change. */
  restore(): void {
    if (this.#changed) this.#write(this.#changed.file, this.#changed.text);
    this.#changed = undefined;
  }

  build(): void {
    const targets = [...this.#stale].flatMap((stale) => TARGETS[stale]);
    if (this.#stale.has('bundle')) rmSync(join(this.folder, 'dist/.host'), { force: true });
    this.#make(targets);
    this.#stale.clear();
  }

  bundle(): void {
    this.#make(TARGETS.bundle);
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.folder, file), text);
    if (file.startsWith('assembly/component/')) this.#stale.add('component');
    else if (file.startsWith('assembly/')) this.#stale.add('core');
    if (file.startsWith('host/') || file.endsWith('/abi.ts')) this.#stale.add('bundle');
    this.#compileAlone(file);
  }

  /** Some tests import a file past the bundle. */
  #compileAlone(file: string): void {
    const built = `build/${file.replace(/\.ts$/, '.js')}`;
    if (existsSync(join(this.folder, built)))
      this.#run('node_modules/.bin/esbuild', [file, `--outfile=${built}`, '--log-level=error']);
  }

  #make(targets: string[]): void {
    this.#run('make', ['-j2', '-s', ...targets, ...this.#flags]);
  }

  #run(program: string, args: string[]): void {
    const options = { cwd: this.folder, stdio: 'pipe', timeout: 120_000 } as const;
    try {
      execFileSync(program, args, options);
    } catch (error) {
      throw new DoesNotBuild(String((error as { stderr?: unknown }).stderr ?? error));
    }
  }
}

const TARGETS: Record<Stale, string[]> = {
  bundle: ['bundle'],
  core: ['dist/core.wasm', 'build/core.debug.wasm'],
  component: ['dist/component.wasm'],
};
