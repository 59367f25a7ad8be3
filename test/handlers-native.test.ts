import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { LiveClock, TestClock, TimeEvent } from 'wasm-event-manager/clock';
import { Message, native, subscriberOf } from 'wasm-event-manager/handlers';
import { withCode } from './fixtures/configurations.js';

const { IN } = EventSet;
const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
const gccMissing = spawnSync('gcc', ['--version']).error?.message;
if (gccMissing) console.log(`SKIPPED gcc: ${gccMissing}`);
const compiled = gccMissing ? test.skip : test;

const folder = mkdtempSync(join(tmpdir(), 'native-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

/** In C: it adds what it is given to a record of the user's, by the header that is shipped. */
const SOURCE = `
  #include <string.h>
  #include "wasm_event_manager.h"
  struct record { uint32_t calls, kind, event_set, data; int32_t fd; uint64_t ts; char text[64]; };
  void on_event(const struct wem_event *event, void *user_data) {
    struct record *record = user_data;
    record->calls += 1;
    record->kind = event->kind;
    record->event_set = event->event_set;
    record->data = event->data;
    record->fd = event->fd;
    record->ts = event->ts_event + event->ts_init;
    memset(record->text, 0, sizeof record->text);
    memcpy(record->text, event->name, event->name_length);
    memcpy(record->text + event->name_length, event->payload, event->payload_length);
  }`;

/** The address of the C function, and how to read the record that it was given. */
function load() {
  const [source, library] = [join(folder, 'handler.c'), join(folder, 'handler.so')];
  writeFileSync(source, SOURCE);
  const headers = fileURLToPath(new URL('../../host/handlers', import.meta.url));
  const warnings = ['-Wall', '-Wextra', '-Werror', '-std=c11'];
  execFileSync('gcc', [...warnings, '-shared', '-fPIC', '-I', headers, '-o', library, source]);
  const symbol = koffi.load(library).symbol('on_event', 'void *');
  const record = new Uint8Array(96);
  const words = new DataView(record.buffer);
  return {
    address: koffi.address(symbol) as bigint,
    userData: koffi.address(record) as bigint,
    read: () => ({
      calls: words.getUint32(0, true),
      kind: words.getUint32(4, true),
      eventSet: words.getUint32(8, true),
      data: words.getUint32(12, true),
      fd: words.getInt32(16, true),
      ts: words.getBigUint64(24, true),
      text: Buffer.from(record.buffer, 32, 64).toString().replace(/\0+$/, ''),
    }),
  };
}

compiled('F58: a C function gets each kind of event as the struct of its header', () => {
  const { address, userData, read } = load();
  const handler = native(address, { userData });
  handler.handle(new Events(5, IN, 7));
  assert.equal(read(), { calls: 1, kind: 1, eventSet: IN, data: 7, fd: 5, ts: 0n, text: '' });
  handler.handle(new TimeEvent('tägig', 2n ** 60n, 1n));
  const time = { calls: 2, kind: 2, eventSet: 0, data: 0, fd: -1, ts: 2n ** 60n + 1n };
  assert.equal(read(), { ...time, text: 'tägig' });
  handler.handle(new Message('topic ', 'text'));
  const message = { calls: 3, kind: 3, eventSet: 0, data: 2, fd: -1, ts: 0n };
  assert.equal(read(), { ...message, text: 'topic text' });
});

compiled('F58: a C function subscribes, and is told by the live clock', () => {
  const { address, userData, read } = load();
  using manager = new EventManager();
  using bell = new EventFd(1);
  using clock = new LiveClock(manager);
  using handler = native(address, { userData });
  const id = manager.addSubscriber(subscriberOf(handler, [new Events(bell, IN, 9)]));
  manager.run();
  assert.equal([read().calls, read().data], [1, 9]);
  manager.removeSubscriber(id);
  clock.setTimeAlert('soon', clock.timestampNs() + 1_000_000n, { handler });
  assert.is(manager.runWithTimeout(5_000), 1);
  assert.equal([read().kind, read().text], [2, 'soon']);
});

test('a closed handle never calls its function again', () => {
  const type = koffi.proto('void closed_handler(uintptr_t event, uintptr_t user_data)');
  let calls = 0;
  const callback = koffi.register(() => {
    calls += 1;
  }, koffi.pointer(type));
  const handler = native(koffi.address(callback) as bigint);
  const clock = new TestClock();
  clock.setTimer('tick', 10n, { handler });
  clock.advanceTime(20n);
  assert.is(calls, 2);
  handler.close();
  koffi.unregister(callback);
  assert.throws(() => clock.advanceTime(30n), withCode('ERR_HANDLER_CLOSED'));
  assert.throws(() => handler.handle(new Events(1, IN)), withCode('ERR_HANDLER_CLOSED'));
  assert.is(handler.closed, true);
  assert.is(calls, 2);
});

test('bad input: what is no address is refused before anything is called', () => {
  assert.throws(() => native(0n), RangeError);
  assert.throws(() => native(-1n), RangeError);
  assert.throws(() => native(2n ** 64n), RangeError);
  assert.throws(() => native(1.5), RangeError);
  assert.throws(() => native('0x1' as never), TypeError);
  assert.throws(() => native(1n, { userData: {} as never }), TypeError);
  assert.throws(() => native(1n, { capacity: 3 }), RangeError);
});

test.run();
