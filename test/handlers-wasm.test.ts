import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock, TimeEvent } from 'wasm-event-manager/clock';
import { js, Message, native, remote, subscriberOf, wasm } from 'wasm-event-manager/handlers';
import { withCode } from './fixtures/configurations.js';
import { compileGuest } from './fixtures/guest.js';

const { IN, EDGE_TRIGGERED } = EventSet;

/** A guest that remembers the last event that it was given. */
const RECORDER = `
  let fd: i32, set: u32, data: u32, time: i64, init: i64, number: f64;
  export function onEvent(a: i32, b: u32, c: u32): i32 { fd = a; set = b; data = c; return 9; }
  export function onTime(a: i64, b: i64): void { time = a; init = b; }
  export function onNumber(a: f64): f64 { number += a; return number; }
  export function onBig(a: i64): void { time += a; }
  export function fdOf(): i32 { return fd; }
  export function setOf(): u32 { return set; }
  export function dataOf(): u32 { return data; }
  export function timeOf(): i64 { return time; }
  export function initOf(): i64 { return init; }

  export function allocate(size: i32): usize { return heap.alloc(size); }
  let struct: usize;
  export function onStruct(event: usize): u32 { struct = event; return load<u32>(event); }
  export function word(offset: i32): u32 { return load<u32>(struct + offset); }
  export function long(offset: i32): u64 { return load<u64>(struct + offset); }
  export function nameByte(i: i32): u32 { return load<u8>(load<u32>(struct, 32) + i); }
  export function payloadByte(i: i32): u32 { return load<u8>(load<u32>(struct, 40) + i); }
  export function payloadNumber(): f64 { return load<f64>(load<u32>(struct, 40)); }
  export function grow(): void { memory.grow(1); }

  export function trap(a: i32, b: u32, c: u32): void { unreachable(); }`;

type Recorder = Record<string, (...args: unknown[]) => number | bigint>;
const exports = compileGuest(RECORDER);
const guest = exports as unknown as Recorder;

/** The bytes that a pointer of the struct points to, as text. */
function textAt(which: 'name' | 'payload'): string {
  const length = Number(guest.word!(which === 'name' ? 36 : 44));
  const read = guest[`${which}Byte`]!;
  return Buffer.from(Array.from({ length }, (_, i) => Number(read(i)))).toString();
}

test('F58: a Wasm function gets fd, set and data, the set as it is with EDGE_TRIGGERED', () => {
  const set = (IN | EDGE_TRIGGERED) >>> 0;
  const handler = wasm(exports, 'onEvent');
  assert.is(handler.handle(new Events(5, set, 2 ** 32 - 1)), 9);
  assert.equal([guest.fdOf!(), Number(guest.setOf!()) >>> 0], [5, set]);
  assert.is(Number(guest.dataOf!()) >>> 0, 2 ** 32 - 1);
});

test('F58: a Wasm function gets times as i64, on both clocks', () => {
  const clock = new TestClock();
  clock.setTimeAlert('alert', 2n ** 62n, { handler: wasm(exports, 'onTime') });
  clock.advanceTime(2n ** 62n);
  assert.equal([guest.timeOf!(), guest.initOf!()], [2n ** 62n, 2n ** 62n]);
});

test('F58: a struct holds what its header says, for each kind of event', () => {
  const options = { style: 'struct', allocate: 'allocate' } as const;
  const handler = wasm(exports, 'onStruct', options);
  assert.is(handler.handle(new Events(5, IN, 7)), 1);
  assert.equal(
    [4, 8, 12].map((offset) => guest.word!(offset)),
    [5, IN, 7],
  );
  assert.is(handler.handle(new TimeEvent('täglich', 3n, 4n)), 2);
  assert.equal([guest.long!(16), guest.long!(24), textAt('name')], [3n, 4n, 'täglich']);
  assert.is(Number(guest.word!(4)) | 0, -1);
  const payloads: [unknown, number, string | number][] = [
    [undefined, 0, ''],
    [Buffer.from('bytes'), 1, 'bytes'],
    ['text', 2, 'text'],
    [2.5, 3, 2.5],
    [{ a: [1] }, 4, '{"a":[1]}'],
  ];
  for (const [message, format, expected] of payloads) {
    assert.is(handler.handle(new Message('topic', message)), 3);
    assert.is(guest.word!(12), format);
    assert.is(textAt('name'), 'topic');
    const found = format === 3 ? guest.payloadNumber!() : textAt('payload');
    assert.is(found, expected);
  }
});

test('F58: a struct is found again when the memory of the guest has grown', () => {
  const handler = wasm(exports, 'onStruct', { style: 'struct', allocate: 'allocate' });
  handler.handle(new Events(1, IN));
  guest.grow!();
  handler.handle(new Events(2, IN, 3));
  assert.equal([guest.word!(4), guest.word!(12)], [2, 3]);
});

test('an event that does not fit is an error, and the guest is not called', () => {
  const options = { style: 'struct', allocate: 'allocate', capacity: 64 } as const;
  const handler = wasm(exports, 'onStruct', options);
  handler.handle(new Events(1, IN));
  const tooLarge = withCode('ERR_EVENT_TOO_LARGE');
  assert.throws(() => handler.handle(new Message('t', 'x'.repeat(65))), tooLarge);
  assert.throws(() => handler.handle(new Message('x'.repeat(65), 1)), tooLarge);
  assert.throws(() => handler.handle(new Message('t', new Uint8Array(65))), tooLarge);
  assert.is(guest.word!(4), 1);
  assert.is(handler.trap, undefined);
});

test('F69: a guest that traps is an error, is not called again, and harms nobody', () => {
  const errors: unknown[] = [];
  using manager = new EventManager({ onHandlerError: 'report', onError: (e) => errors.push(e) });
  const bells = [new EventFd(1), new EventFd(1)];
  const handler = wasm(compileGuest(RECORDER), 'trap');
  let calls = 0;
  manager.addSubscriber(subscriberOf(handler, [new Events(bells[0]!, IN)]));
  const counting = js(() => {
    calls += 1;
  });
  manager.addSubscriber(subscriberOf(counting, [new Events(bells[1]!, IN)]));
  // Its fd, which nobody would read, is removed.
  for (const called of [2, 1, 1]) assert.is(manager.run(), called);
  assert.is(calls, 3);
  assert.is(errors.length, 1);
  assert.ok(errors[0] instanceof WebAssembly.RuntimeError);
  assert.throws(() => handler.handle(new Events(1, IN)), withCode('ERR_HANDLER_TRAPPED'));
  assert.ok(handler.trap instanceof WebAssembly.RuntimeError);
  for (const bell of bells) bell.close();
});

test('F58: a bus takes js, wasm and remote side by side, and refuses native', async () => {
  const bus = new MessageBus();
  const seen: unknown[] = [];
  const onNumber = wasm(exports, 'onNumber');
  bus.subscribe(
    'n',
    js<Message<number>>((event) => void seen.push([event.topic, event.message])),
  );
  bus.subscribe('n', onNumber);
  bus.subscribe('n', remote({ postMessage: (event) => void seen.push(event) }));
  bus.publish('n', 5);
  assert.equal(seen, [['n', 5], { kind: 'message', topic: 'n', message: 5 }]);
  assert.ok(bus.isSubscribed('n', onNumber));
  assert.ok(bus.unsubscribe('n', onNumber));
  bus.publish('n', 5);
  // What Wasm returns is the answer of its endpoint: 5 from before, and 3.
  bus.register('sum', onNumber);
  assert.is(await bus.request('sum', 3), 8);
  bus.register('elsewhere', remote({ postMessage: () => {} }));
  const refused = await bus.request('elsewhere', 3).catch((error) => error.code);
  assert.is(refused, 'ERR_NOT_ANSWERABLE');
  const invalid = withCode('ERR_INVALID_ARG_TYPE');
  // @ts-expect-error A C function is no handler of messages.
  assert.throws(() => bus.subscribe('n', native(1n)), invalid);
  // @ts-expect-error Nor an endpoint.
  assert.throws(() => bus.register('native', native(1n)), invalid);
  assert.throws(() => bus.publish('text', bus.subscribe('text', onNumber)), Error);
  bus.close();
});

test('bad input: what the guest does not have is named', () => {
  const invalid = withCode('ERR_INVALID_ARG_TYPE');
  assert.throws(() => wasm(exports, 'nothing'), /'nothing'.*onEvent/);
  assert.throws(() => wasm(null as never, 'onEvent'), invalid);
  assert.throws(() => wasm(exports, 'onEvent', { style: 'other' as never }), invalid);
  assert.throws(() => wasm(exports, 'onStruct', { style: 'struct' }), invalid);
  assert.throws(
    () => wasm(exports, 'onStruct', { style: 'struct', address: 4 }),
    withCode('ERR_OUT_OF_MEMORY'),
  );
  assert.throws(
    () => wasm(exports, 'onStruct', { style: 'struct', address: 2 ** 31 }),
    withCode('ERR_OUT_OF_MEMORY'),
  );
  assert.throws(
    () => wasm(exports, 'onNumber').handle(new Message('t', 'text')),
    withCode('ERR_MESSAGE_NOT_SCALAR'),
  );
  assert.throws(
    () => wasm(exports, 'onStruct', { style: 'struct', allocate: 'allocate', capacity: 8 }),
    RangeError,
  );
});

test.run();
