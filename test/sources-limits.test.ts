import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  Inotify,
  InotifyMask,
  interest,
  PidFd,
  SignalRelay,
  TimerFd,
} from 'wasm-event-manager';
import { withCode } from './fixtures/configurations.js';

// What the sources take, to the ends of its range.

const outOfRange = withCode('ERR_OUT_OF_RANGE');
const failed = (errno: number) => (error: { errno: number }) => error.errno === -errno;

test('K7: an eventfd counts to 2⁶⁴−2', () => {
  const most = 2n ** 64n - 2n;
  using bell = new EventFd(most);
  assert.throws(() => bell.write(1), failed(11));
  assert.is(bell.read(), most);
  bell.write(most);
  assert.is(bell.read(), most);
  for (const wrong of [most + 1n, -1n, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => bell.write(wrong), outOfRange, String(wrong));
    assert.throws(() => new EventFd(wrong), outOfRange, String(wrong));
  }
  assert.is(bell.read(), null);
});

test('K7: a timer takes times from 1 to 2⁶³−1 ns', () => {
  using timer = new TimerFd();
  const most = 2n ** 63n - 1n;
  for (const setting of [
    { atNs: most },
    { afterNs: most },
    { everyNs: most },
    { afterNs: most, everyNs: most },
    { atNs: most, everyNs: 1n },
  ]) {
    timer.set(setting);
    assert.ok(timer.remainingNs() > 2n ** 62n);
    assert.is(timer.read(), null);
  }
  timer.set({ atNs: 1 });
  assert.is(timer.read(), 1n);
  for (const wrong of [0, 0n, -1, -1n, 0.4, most + 1n, 2 ** 63, Number.NaN, Infinity]) {
    for (const key of ['afterNs', 'atNs', 'everyNs']) {
      assert.throws(() => timer.set({ [key]: wrong }), outOfRange, `${key}: ${wrong}`);
    }
  }
});

test('K15: an inotify mask is taken as any 32 bits, and must have an event', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inotify-'));
  using inotify = new Inotify();
  const { CREATE, DELETE, ONE_SHOT, ONLY_DIRECTORY } = InotifyMask;
  const negative = CREATE | DELETE | ONE_SHOT;
  assert.ok(negative < 0);
  assert.ok(inotify.watch(folder, negative) > 0);
  for (const wrong of [0, ONE_SHOT, ONLY_DIRECTORY, 0x1000, -1, 2 ** 32, 1.5, Number.NaN]) {
    assert.throws(() => inotify.watch(folder, wrong), outOfRange, String(wrong));
  }
  for (const wrong of [-1, 1.5, 2 ** 31]) {
    assert.throws(() => inotify.unwatch(wrong), outOfRange, String(wrong));
  }
  inotify.unwatch(12_345);
  rmSync(folder, { recursive: true });
});

test('K19: `PidFd.kill` is false for a process that has ended, though nobody waited for it', () => {
  const child = spawn('true', { stdio: 'ignore' });
  using manager = new EventManager();
  using pidFd = new PidFd(child.pid!);
  interest()
    .read()
    .withFd(pidFd)
    .withHandler(() => {})
    .registerInto(manager);
  assert.is(manager.runWithTimeout(5_000), 1);
  // Node has had no turn to reap it: to the kernel it can still be sent a signal.
  assert.is(pidFd.kill(), false);
  assert.is(pidFd.kill('SIGKILL'), false);
  assert.equal(pidFd.status(), { code: 0, signal: null });
});

test('K16: a relay is refused for signals that never come', () => {
  for (const signal of ['SIGKILL', 'SIGSTOP', 34, 64]) {
    assert.throws(() => new SignalRelay([signal as 'SIGINT']), outOfRange, String(signal));
  }
});

test('K7: a pid is an integer from 1 to 2²²', () => {
  for (const wrong of [0, -1, 1.5, 2 ** 22 + 1, 2 ** 31, Number.NaN, '1', undefined])
    assert.throws(() => new PidFd(wrong as never), outOfRange, String(wrong));
  const atTheEnds = [2 ** 22, process.pid, 1].map((pid) => {
    try {
      new PidFd(pid).close();
      return 'made';
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
  assert.equal(atTheEnds, ['ESRCH', 'made', 'made']);
});

test.run();
