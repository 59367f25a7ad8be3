import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAMS = join(ROOT, 'test/matrix/programs');
/** Outside this tree, in which a compiler would find our settings, and a bundle our koffi. */
const FOLDER = join(tmpdir(), 'wasm-event-manager-matrix');
const LIMIT_MS = 180_000;

/** What came of a command. */
export interface Outcome {
  readonly ok: boolean;
  readonly output: string;
}

/** What stands in a cell: 'works', 'refused', or what happened instead. */
export type Verdict = string;

/** A user's folder, in which the packed package is installed, with what the user has beside it. */
export class Lab {
  readonly folder: string;

  private constructor(name: string) {
    this.folder = join(FOLDER, name);
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder, { recursive: true });
    cpSync(PROGRAMS, this.folder, { recursive: true });
    this.write('package.json', '{"private":true}');
  }

  /** `packages` as npm takes them; `flags` of npm's. */
  static with(name: string, packages: string[], flags: string[] = []): Lab {
    const lab = new Lab(name);
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...flags];
    const { ok, output } = lab.run('npm', [...args, ...packages, tarball()]);
    if (!ok) throw new Error(output);
    return lab;
  }

  static empty(name: string): Lab {
    return new Lab(name);
  }

  write(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Runs a command in the folder, or elsewhere. */
  run(command: string, args: string[], env: Record<string, string> = {}, cwd = ''): Outcome {
    const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
      cwd: cwd || this.folder,
      env: { ...process.env, FORCE_COLOR: '0', CI: '1', ...env },
      encoding: 'utf8',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const how = error ? String(error) : signal ? `ended by ${signal}` : '';
    const output = stripVTControlCharacters(`${stdout ?? ''}${stderr ?? ''}${how}`);
    return { ok: status === 0, output };
  }

  bin(name: string): string {
    return join(this.folder, 'node_modules/.bin', name);
  }

  /** A line of TypeScript for each module of the package. */
  exported(): string[] {
    const { exports } = JSON.parse(this.read('node_modules/wasm-event-manager/package.json'));
    return Object.keys(exports)
      .filter((subpath) => typeof exports[subpath] === 'object')
      .map(
        (subpath, i) => `export * as m${i} from '${subpath.replace('.', 'wasm-event-manager')}';`,
      );
  }

  installed(name: string): string {
    return JSON.parse(this.read(`node_modules/${name}/package.json`)).version;
  }
}

/** Whether a program has printed that it works; else what it has said. */
export function verdict({ ok, output }: Outcome): Verdict {
  if (ok && /^works$/m.test(output)) return 'works';
  if (output.includes('ERR_UNSUPPORTED_PLATFORM')) return 'refused';
  const line = output.split('\n').find((each) => /error|ended by|crash|panic/i.test(each));
  return `fails: ${(line ?? output).trim().slice(0, 100)}`;
}

let packed: string | undefined;

/** The tarball that npm would publish. */
export function tarball(): string {
  if (packed) return packed;
  mkdirSync(FOLDER, { recursive: true });
  const args = ['pack', '--silent', '--pack-destination', FOLDER];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  packed = join(FOLDER, stdout.trim().split('\n').at(-1)!);
  return packed;
}
