// Builds the shim for each architecture that a compiler is there for, and says which it left out.
// `node host/sys/shim/build.mjs [--out FOLDER] [--release]`: `--release` wants all of them, from
// zig, which is one compiler for all, so that the same source always makes the same bytes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const COMPILE_LIMIT_MS = 120_000;

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(HERE, '../../../dist/shim') },
    release: { type: 'boolean', default: false },
  },
});

/** What makes a shared object that needs nothing, and is the same each time. */
const FLAGS = [
  ...['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC'],
  ...['-nostdlib', '-ffreestanding', '-fvisibility=hidden', '-fno-stack-protector'],
  ...['-fno-asynchronous-unwind-tables', '-fno-unwind-tables', '-fno-ident', '-g0'],
  '-fomit-frame-pointer',
  ...['-Wl,--build-id=none', '-Wl,-z,norelro', '-Wl,-z,noexecstack', '-Wl,--hash-style=gnu'],
  '-Wl,-s',
];
// GNU ld's way to have few segments, which is lld's without it.
const GNU = [...FLAGS, '-Wl,-z,noseparate-code'];
// zig instruments what it compiles, unless told not to.
const ZIG = [...FLAGS, '-fno-sanitize=all'];

/** `zig`, or that of PyPI's package `ziglang`, by which releases are made: see the Makefile. */
const zig = process.env.ZIG ?? 'zig';

/** The compilers to try for an architecture, the first that works being taken. */
function compilersFor(name, triple, native) {
  const crossing = [
    [zig, 'cc', `--target=${triple}-linux-musl`, ...ZIG],
    [`${triple}-linux-gnu-gcc`, ...GNU],
    ['clang', `--target=${triple}-linux-gnu`, '-fuse-ld=lld', ...FLAGS],
  ];
  if (options.release) return crossing.slice(0, 1);
  if (name !== native) return crossing;
  const own = ['cc', 'gcc', 'clang'].map((compiler) => [compiler, ...GNU]);
  return [...(process.env.CC ? [[process.env.CC, ...GNU]] : []), ...own, ...crossing];
}

/** Why the compiler didn't make it; undefined when it did. */
function compile([command, ...args], file) {
  const temporary = `${file}.new`;
  const { error, status, stderr } = spawnSync(command, [...args, '-o', temporary, 'shim.c'], {
    cwd: HERE,
    encoding: 'utf8',
    timeout: COMPILE_LIMIT_MS,
    // The time of the build must not be in it.
    env: { ...process.env, SOURCE_DATE_EPOCH: '0' },
  });
  if (error) return undefined;
  if (status !== 0) return stderr.trim();
  renameSync(temporary, file);
  return '';
}

const TARGETS = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };
const native = `linux-${process.arch}`;
const bytes = {};
mkdirSync(options.out, { recursive: true });
for (const [name, triple] of Object.entries(TARGETS)) {
  const file = join(options.out, `${name}.so`);
  rmSync(file, { force: true });
  const failures = [];
  for (const compiler of compilersFor(name, triple, native)) {
    const failure = compile(compiler, file);
    if (failure === '') break;
    if (failure) failures.push(`${compiler[0]}: ${failure}`);
  }
  if (existsSync(file)) {
    bytes[name] = readFileSync(file, 'base64');
    continue;
  }
  const why = failures.length > 0 ? failures.join('\n') : 'there is no C compiler for it';
  console.log(`shim: none for ${name} (${why}); system calls go through koffi and libc there`);
  if (options.release) process.exitCode = 1;
}
// What the library compares a shim with before it loads it.
writeFileSync(join(options.out, 'bytes.json'), JSON.stringify(bytes));
