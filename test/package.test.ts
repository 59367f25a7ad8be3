import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MIB = 1024 * 1024;
const folder = mkdtempSync(join(tmpdir(), 'packed-'));
/** Where the package is installed. */
const user = join(folder, 'user');
const env = { ...process.env, npm_config_loglevel: 'error', npm_config_update_notifier: 'false' };

const npm = (args: string[], cwd: string) =>
  execFileSync('npm', args, { cwd, env, encoding: 'utf8', timeout: 90_000 });

/** What a program of the user's prints. */
function run(program: string): string {
  const args = ['--input-type=module', '--eval', program];
  return execFileSync(process.execPath, args, { cwd: user, encoding: 'utf8', timeout: 20_000 });
}

test.before(() => {
  const packed = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], ROOT));
  const { filename } = (Array.isArray(packed) ? packed : Object.values(packed))[0] as {
    filename: string;
  };
  mkdirSync(user);
  writeFileSync(join(user, 'package.json'), '{"type":"module","private":true}');
  npm(['install', '--no-audit', '--no-fund', join(folder, filename)], user);
});
test.after(() => rmSync(folder, { recursive: true, force: true }));

test('the packed tarball works in an empty folder', () => {
  const program = `
    import { EventFd, EventManager, interest } from 'wasm-event-manager';
    import { SimulatedSyscalls } from 'wasm-event-manager/testing';
    import { TestClock } from 'wasm-event-manager/clock';
    import { readFileSync } from 'node:fs';
    const manager = new EventManager();
    const bell = new EventFd(3);
    interest().read().withFd(bell)
      .withHandler(({ source }) => console.log('rung', source.read()))
      .registerInto(manager);
    console.log(manager.run(), typeof SimulatedSyscalls, typeof TestClock);
    for (const name of ['core.wasm', 'component.wasm', 'wit']) {
      const { pathname } = new URL(import.meta.resolve('wasm-event-manager/' + name));
      console.log(name, readFileSync(pathname).length > 1000);
    }`;
  const artifacts = 'core.wasm true\ncomponent.wasm true\nwit true\n';
  assert.is(run(program), `rung 3n\n1 function function\n${artifacts}`);
});

/** How users set up TypeScript for Node, as strictly as it goes; the library is checked too. */
const BASE =
  '--ignoreConfig --noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false ' +
  '--target es2022 --types node';
const MODULES = ['--module nodenext', '--module esnext --moduleResolution bundler'];

/** Compiles files of the user's with this `lib`, in both ways to find modules. */
function compile(lib: string, ...files: string[]): void {
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types')];
  for (const module of MODULES) {
    const options = `${BASE} ${module} --lib ${lib}`;
    try {
      const args = [tsc, ...options.split(' '), ...types, ...files];
      execFileSync(process.execPath, args, { cwd: user, encoding: 'utf8', timeout: 60_000 });
    } catch (error) {
      assert.unreachable(`tsc ${options}\n${(error as { stdout: string }).stdout}`);
    }
  }
}

/** Brings a program of test/types to the user. */
function bring(name: string): string {
  writeFileSync(join(user, name), readFileSync(join(ROOT, 'test/types', name)));
  return name;
}

/** The subpaths of the package that are modules, as a user imports them. */
function modulesOf(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return Object.keys(exports)
    .filter((subpath) => typeof exports[subpath] === 'object')
    .map((subpath) => subpath.replace('.', 'wasm-event-manager'));
}

test('the types of every subpath hold for a strict user, with the library dom and without', () => {
  const uses = modulesOf().map((name, i) => `export * as module${i} from '${name}';`);
  writeFileSync(join(user, 'all.ts'), uses.join('\n'));
  const consumer = bring('consumer.ts');
  compile('es2022', 'all.ts', consumer);
  compile('es2022,dom', 'all.ts', consumer, bring('consumer-dom.ts'));
});

test('types are found in the way of before TypeScript 4.7, too', () => {
  const shipped = join(user, 'node_modules/wasm-event-manager');
  const { typesVersions, types } = JSON.parse(readFileSync(join(shipped, 'package.json'), 'utf8'));
  const paths: Record<string, string[]> = typesVersions['*'];
  for (const name of modulesOf()) {
    const subpath = name.replace(/^wasm-event-manager\/?/, '');
    const found = (paths[subpath] ?? paths['*']!).map((path) => path.replace('*', subpath));
    const file = subpath === '' ? types : found[0];
    assert.ok(existsSync(join(shipped, file)), `${name}: ${file}`);
  }
});

test('every module of the package is there as ES module and as CommonJS, and has types', () => {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  /** These are for a Node that takes an ES module by `require`, too. */
  const modulesOnly = ['./plugin', './wasi'];
  for (const subpath of Object.keys(exports)) {
    const entry = exports[subpath];
    if (typeof entry === 'string') continue;
    const file: string = (entry.default.default ?? entry.default).replace(/\.js$/, '');
    const code = { types: `${file}.d.ts`, default: `${file}.js` };
    const required = { types: `${file}.d.cts`, default: `${file}.cjs` };
    const all = { module: code, 'module-sync': code, require: required, default: code };
    assert.equal(entry, modulesOnly.includes(subpath) ? code : all, subpath);
  }
});

test('every subpath of the package can be imported', () => {
  const modules = modulesOf();
  assert.ok(modules.length > 2);
  const program = `for (const name of ${JSON.stringify(modules)}) {
    const { length } = Object.keys(await import(name));
    if (length === 0) throw new Error(name + ' is empty');
  }
  console.log('all');`;
  assert.is(run(program), 'all\n');
});

test('F106: without koffi it can be imported, and says why it does not work', () => {
  const koffi = join(user, 'node_modules/koffi');
  renameSync(koffi, `${koffi}-away`);
  try {
    const output = run(`
      import { EventManager, EventFd } from 'wasm-event-manager';
      const attempt = (make) => { try { make(); } catch (e) { console.log(e.code, e.message); } };
      console.log(EventManager.isSupported());
      attempt(() => new EventManager());`);
    assert.match(
      output,
      /^false\nERR_UNSUPPORTED_PLATFORM .*Cannot find module 'koffi'\. Install /,
    );
    assert.match(output, /sought from \/.*\.js/);
  } finally {
    renameSync(`${koffi}-away`, koffi);
  }
});

test('F105: it runs no install script, and what it installs is at most 6 MB', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.equal(Object.keys(manifest.dependencies), ['koffi']);
  assert.is(manifest.scripts?.install ?? manifest.scripts?.postinstall, undefined);
  const kilobytes = execFileSync('du', ['-sk', '--apparent-size', 'node_modules'], {
    cwd: user,
    encoding: 'utf8',
  });
  const bytes = Number.parseInt(kilobytes, 10) * 1024;
  assert.ok(bytes > MIB && bytes <= 6e6, `${(bytes / 1e6).toFixed(1)} MB`);
});

test('what is shipped can be read as it is, and is nothing that no user needs', () => {
  const shipped = join(user, 'node_modules/wasm-event-manager');
  const files = readdirSync(shipped, { recursive: true, encoding: 'utf8' });
  const idle = files.filter((name) => /(?<!\.d)\.ts$|\.map$/.test(name));
  assert.equal(idle, [], 'sources and maps, which are in the repository');
  const code = files.filter((name) => name.endsWith('.js'));
  const manager = code.find((name) => {
    const text = readFileSync(join(shipped, name), 'utf8');
    return !text.includes('sourceMappingURL') && /^ {2}turn\(timeoutMs\) \{$/m.test(text);
  });
  assert.ok(manager, 'a turn, by its names, over several lines');
});

test.run();
