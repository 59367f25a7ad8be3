import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import type { Row } from './results.js';
import { median, spread } from './statistics.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REGISTRATIONS = 10_000;
const INSTALLED_MAX_MB = 6;
const START_MAX_MS = 25;

/** P9: bytes of Wasm memory for each of 10 000 registrations. */
export function memoryRow(): Row {
  using manager = new EventManager();
  const bells = Array.from({ length: REGISTRATIONS }, () => new EventFd());
  for (const bell of bells) {
    manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, EventSet.IN)),
      process: () => {},
    });
  }
  const { memoryBytes, registrations } = manager.metrics();
  for (const bell of bells) bell.close();
  if (registrations !== REGISTRATIONS) throw new Error(`${registrations} registrations`);
  const bytes = memoryBytes / registrations;
  return {
    workload: 'P9',
    title: 'Wasm memory for each of 10 000 registrations, by 64 B',
    peer: 'itself',
    ours: `${bytes.toFixed(1)} B`,
    theirs: '64 B',
    ratio: bytes / 64,
    spread: 0,
    goal: { target: 1, floor: 1 },
  };
}

const FIRST_EVENT = `
  import { EventFd, EventManager, interest } from 'wasm-event-manager';
  const manager = new EventManager();
  interest().read().withFd(new EventFd(1)).withHandler(() => {}).registerInto(manager);
  if (manager.run() !== 1) process.exit(1);
`;

/** Milliseconds of a whole process. */
function timed(program: string): number {
  const start = performance.now();
  const args = ['--input-type=module', '--eval', program];
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT });
  if (status !== 0) throw new Error('the program of the cold start failed');
  return performance.now() - start;
}

/** P16: import, construct and first event, beyond what Node itself takes to start. */
export function coldStartRow(runs: number): Row {
  const extras: number[] = [];
  timed(FIRST_EVENT);
  for (let i = 0; i < runs; i += 1) extras.push(timed(FIRST_EVENT) - timed(''));
  const extra = median(extras);
  return {
    workload: 'P16',
    title: 'cold start, beyond bare Node, by 25 ms',
    peer: 'node',
    ours: `${extra.toFixed(1)} ms`,
    theirs: `${START_MAX_MS} ms`,
    ratio: extra / START_MAX_MS,
    spread: spread(extras),
    goal: { target: 1, floor: 1 },
  };
}

/** P16: what `npm install wasm-event-manager` puts on the disk. */
export function installedSizeRow(): Row {
  const folder = mkdtempSync(join(tmpdir(), 'installed-'));
  const npm = (args: string[], cwd: string) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
  try {
    npm(['pack', '--silent', '--pack-destination', folder], ROOT);
    writeFileSync(join(folder, 'package.json'), '{"private":true}');
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))!;
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    npm(['install', ...quiet, join(folder, tarball)], folder);
    const du = ['-sk', '--apparent-size', join(folder, 'node_modules')];
    const kilobytes = Number.parseInt(execFileSync('du', du, { encoding: 'utf8' }), 10);
    const megabytes = (kilobytes * 1024) / 1e6;
    return {
      workload: 'P16',
      title: 'installed size, by 6 MB',
      peer: 'npm',
      ours: `${megabytes.toFixed(1)} MB`,
      theirs: `${INSTALLED_MAX_MB} MB`,
      ratio: megabytes / INSTALLED_MAX_MB,
      spread: 0,
      goal: { target: 1, floor: 1 },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
