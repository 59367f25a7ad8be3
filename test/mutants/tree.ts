import { execFile } from 'node:child_process';
import {
  copyFileSync,
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
import { promisify } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const BUILD = join(ROOT, 'build');
/** What is made here, and would be copied into itself. */
const OURS = ['mutants', 'coverage', 'readme', 'types', 'bundled', 'guides', 'site'];
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
  async change(file: string, text: string): Promise<void> {
    this.#changed = { file, text: readFileSync(join(this.folder, file), 'utf8') };
    await this.#write(file, text);
    await this.#build();
  }

  /** The source as it was; what is built of it follows with the next change. */
  async restore(): Promise<void> {
    if (this.#changed) await this.#write(this.#changed.file, this.#changed.text);
    this.#changed = undefined;
  }

  async bundle(): Promise<void> {
    await this.#make(['bundle']);
  }

  /** The core is built once, with assertions, and stands for both of its builds. */
  async #build(): Promise<void> {
    await this.#make([...this.#stale].map((stale) => TARGETS[stale]));
    if (this.#stale.has('core')) {
      copyFileSync(join(this.folder, TARGETS.core), join(this.folder, 'dist/core.wasm'));
      // The core is in the code.
      await this.bundle();
    }
    this.#stale.clear();
  }

  async #write(file: string, text: string): Promise<void> {
    writeFileSync(join(this.folder, file), text);
    if (file.startsWith('assembly/component/')) this.#stale.add('component');
    else if (file.startsWith('assembly/')) this.#stale.add('core');
    if (file.startsWith('host/') || file.endsWith('/abi.ts')) this.#stale.add('bundle');
    await this.#compileAlone(file);
  }

  /** Some tests import a file past the bundle. */
  async #compileAlone(file: string): Promise<void> {
    const built = `build/${file.replace(/\.ts$/, '.js')}`;
    if (existsSync(join(this.folder, built)))
      await this.#run('node_modules/.bin/esbuild', [
        file,
        `--outfile=${built}`,
        '--log-level=error',
      ]);
  }

  #make(targets: string[]): Promise<void> {
    return this.#run('make', ['-s', ...targets, ...this.#flags]);
  }

  async #run(program: string, args: string[]): Promise<void> {
    try {
      await promisify(execFile)(program, args, { cwd: this.folder, timeout: BUILD_MS });
    } catch (error) {
      throw new DoesNotBuild(String((error as { stderr?: unknown }).stderr ?? error));
    }
  }
}

const BUILD_MS = 240_000;
const TARGETS: Record<Stale, string> = {
  bundle: 'bundle',
  core: 'build/core.debug.wasm',
  component: 'dist/component.wasm',
};
