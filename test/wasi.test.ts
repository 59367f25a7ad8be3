import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pipe } from 'wasm-event-manager';
import { createWasi, WasiExit } from 'wasm-event-manager/wasi';
import { guestIn, inGuest, LOOPBACK } from './fixtures/wasi-guest.js';

const openFds = () => readdirSync('/proc/self/fd').length;
function textOf(reader: { read(into: Uint8Array): number | null }): string {
  const bytes = Buffer.alloc(100);
  return bytes.toString('latin1', 0, reader.read(bytes) ?? 0);
}
const withCode = (code: string) => (error: { code?: string }) => error.code === code;

test('a monotonic clock goes on, and a timer is never early', async () => {
  const [before, after, resolution] = await inGuest((wasi) => {
    const start = Number(wasi.now());
    wasi.subscribeDuration(2_000_000).block();
    return [start, Number(wasi.now()), wasi.resolution()];
  });
  assert.ok(after - before >= 2_000_000, `${after - before} ns`);
  assert.is(Number(resolution), 1);
});

test('the wall clock is that of the machine', async () => {
  const before = Math.floor(Date.now() / 1_000);
  const { seconds, nanoseconds } = await inGuest((wasi) => wasi.wall.now());
  assert.ok(Number(seconds) >= before && Number(seconds) <= Date.now() / 1_000);
  assert.ok(nanoseconds >= 0 && nanoseconds < 1e9);
});

test('a timer counts from its subscription, and stays ready', async () => {
  const answer = await inGuest((wasi) => {
    const pollable = wasi.subscribeDuration(1_000_000);
    const far = wasi.subscribeDuration(3_600_000_000_000);
    pollable.block();
    const past = wasi.subscribeInstant(0);
    return [pollable.ready(), far.ready(), past.ready(), wasi.poll([far, pollable, past])];
  });
  assert.equal(answer, [true, false, true, [1, 2]]);
});

test('an empty poll traps', async () => {
  const wasi = await createWasi();
  assert.throws(() => guestIn(wasi)((w) => w.poll([])), withCode('ERR_WASI_TRAP'));
  wasi.close();
});

test('a stream that is dropped before its pollable traps', async () => {
  const wasi = await createWasi();
  const guest = guestIn(wasi);
  const script = (w: { getStdin(): { subscribe(): unknown }; drop(of: unknown): void }) => {
    const stdin = w.getStdin();
    const pollable = stdin.subscribe();
    w.drop(stdin);
    return pollable;
  };
  assert.throws(() => guest(script), withCode('ERR_WASI_TRAP'));
  wasi.close();
});

test('standard input is waited for, read, skipped and spliced to standard output', async () => {
  const input = pipe();
  const output = pipe();
  input.writer.write('hello, guest');
  input.writer.close();
  const answer = await inGuest(
    (wasi, attempt) => {
      const stdin = wasi.getStdin();
      const stdout = wasi.getStdout();
      stdin.subscribe().block();
      const read = stdin.read(2);
      const skipped = stdin.blockingSkip(3);
      const spliced = stdout.blockingSplice(stdin, 100);
      stdout.blockingWriteAndFlush(new Uint8Array([33]));
      stdout.blockingWriteZeroesAndFlush(1);
      return [read, skipped, spliced, attempt(() => stdin.blockingRead(1))];
    },
    { stdin: input.reader.fd, stdout: output.writer.fd },
  );
  assert.equal(answer, [[104, 101], 3, 7, 'closed']);
  assert.is(textOf(output.reader), ', guest!\0');
  for (const end of [input.reader, output.reader, output.writer]) end.close();
});

test('a write beyond what was permitted traps', async () => {
  const output = pipe();
  const wasi = await createWasi({ stdout: output.writer.fd });
  const script = (w: { getStdout(): { write(bytes: Uint8Array): void } }) =>
    w.getStdout().write(new Uint8Array(1));
  assert.throws(() => guestIn(wasi)(script), withCode('ERR_WASI_TRAP'));
  wasi.close();
  output.reader.close();
  output.writer.close();
});

test('arguments and environment are those that were given, and no directory is', async () => {
  const script = (w: Record<string, () => unknown>) => [
    w.getArguments!(),
    w.getEnvironment!(),
    w.getDirectories!(),
  ];
  assert.equal(await inGuest(script), [[], [], []]);
  const given = { args: ['program', 'a'], env: { HOME: '/' } };
  assert.equal(await inGuest(script, given), [['program', 'a'], [['HOME', '/']], []]);
});

test("a file's streams pass through: read, spliced, and polled beside a clock", async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasi-files-'));
  writeFileSync(join(folder, 'file'), 'from a file');
  const output = pipe();
  const answer = await inGuest(
    (wasi) => {
      const [[directory]] = wasi.getDirectories();
      const file = directory.openAt({}, 'file', {}, { read: true });
      const stream = file.readViaStream(0);
      const spliced = wasi.getStdout().blockingSplice(stream, 100);
      const far = wasi.subscribeDuration(3_600_000_000_000);
      return [spliced, wasi.poll([far, stream.subscribe()])];
    },
    { preopens: { '/': folder }, stdout: output.writer.fd },
  );
  assert.equal(answer, [11, [1]]);
  assert.is(textOf(output.reader), 'from a file');
  output.reader.close();
  output.writer.close();
  rmSync(folder, { recursive: true });
});

test('run answers the status that the guest exits with, and closes what it left', async () => {
  const wasi = await createWasi({ network: LOOPBACK });
  const before = openFds();
  const guest = guestIn(wasi);
  const run = () =>
    guest((w) => {
      for (let i = 0; i < 20; i += 1) w.listener();
      w.exitWithCode(7);
    });
  assert.is(wasi.run({ run: { run } }), 7);
  assert.is(openFds(), before);
});

test('run answers 1 for a command that failed, and throws what it trapped with', async () => {
  const failed = Object.assign(new Error('failed'), { payload: undefined });
  const throwing = (error: unknown) => ({
    run: {
      run() {
        throw error;
      },
    },
  });
  assert.is((await createWasi()).run(throwing(failed)), 1);
  assert.is((await createWasi()).run(throwing(new WasiExit(0))), 0);
  const trap = new WebAssembly.RuntimeError('unreachable');
  const wasi = await createWasi();
  assert.throws(
    () => wasi.run(throwing(trap)),
    (error: Error) => error === trap,
  );
  assert.throws(() => wasi.run({} as never), withCode('ERR_INVALID_ARG_TYPE'));
});

test('sockets that are opened and dropped leave no fd and no resource', async () => {
  const wasi = await createWasi();
  const guest = guestIn(wasi);
  guest(() => 0);
  const [fds, resources] = [openFds(), wasi.resources];
  for (let i = 0; i < 10; i += 1) {
    guest((w) => {
      w.sockets = [];
      const { createTcpSocket, drop } = w;
      for (let n = 0; n < 100; n += 1) w.sockets.push(createTcpSocket('ipv4'));
      for (const socket of w.sockets) drop(socket);
    });
    assert.is(openFds(), fds);
    assert.is(wasi.resources, resources);
  }
  wasi.close();
});

test('a guest that holds too many pollables is stopped; of sockets it is told so', async () => {
  const wasi = await createWasi({ resourcesMax: 50 });
  const guest = guestIn(wasi);
  const sockets = guest((w, attempt) => {
    const answers = [];
    for (let i = 0; i < 100; i += 1) answers.push(attempt(() => typeof w.createTcpSocket('ipv4')));
    return answers;
  });
  assert.is(sockets.at(-1), 'new-socket-limit');
  assert.throws(
    () =>
      guest((w) => {
        w.timers = [];
        for (let i = 0; i < 100_000; i += 1) w.timers.push(w.subscribeDuration(0));
      }),
    withCode('ERR_LIMIT_EXCEEDED'),
  );
  assert.is(wasi.resources, 50);
  wasi.close();
});

test('the interfaces have their names without a version, and with each of 0.2', async () => {
  const wasi = await createWasi();
  const { imports } = wasi;
  for (const version of ['0.2.0', '0.2.3', '0.2.12'])
    assert.is(imports[`wasi:io/poll@${version}`], imports['wasi:io/poll']);
  wasi.close();
});

test('options that are misspelt, or of another type, are refused', async () => {
  const refused: [object, string][] = [
    [{ netwrok: {} }, 'ERR_OUT_OF_RANGE'],
    [{ args: 'a' }, 'ERR_INVALID_ARG_TYPE'],
    [{ env: { A: 1 } }, 'ERR_INVALID_ARG_TYPE'],
    [{ preopens: null }, 'ERR_INVALID_ARG_TYPE'],
    [{ stdin: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ resourcesMax: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ onNetwork: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ network: { conect: [] } }, 'ERR_OUT_OF_RANGE'],
    [{ network: { connect: ['1.2.3.4:x'] } }, 'ERR_OUT_OF_RANGE'],
    [{ network: { listen: ['10.0.0.0/33'] } }, 'ERR_OUT_OF_RANGE'],
    [{ network: { connect: ['example.org'] } }, 'ERR_OUT_OF_RANGE'],
    [{ network: { lookup: [1] } }, 'ERR_INVALID_ARG_TYPE'],
  ];
  for (const [options, code] of refused) {
    const error = await createWasi(options).then(
      () => undefined,
      (reason: { code: string }) => reason,
    );
    assert.is(error?.code, code, JSON.stringify(options));
  }
});

test.run();
