import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock, TimeEvent } from 'wasm-event-manager/clock';
import { Message, subscriberOf, wasm } from 'wasm-event-manager/handlers';
import { withCode } from './fixtures/configurations.js';
import { compileModule } from './fixtures/guest.js';

const MODULE = compileModule(`
  @external("env", "outside") declare function outside(): void;
  export function onLong(a: i64): i64 { return a; }
  export function onInt(a: i32): i32 { return a; }
  export function onFloat(a: f32): f32 { return a; }
  export function onDouble(a: f64): f64 { return a; }
  export function onLongs(a: i64, b: i64, c: i64): i64 { return a * 100 + b * 10 + c; }
  export function onMixed(a: i64, b: i32): i64 { return a * 10 + b; }
  export function allocate(size: i32): usize { return heap.alloc(size); }
  export function trap(a: i32, b: u32, c: u32): void { unreachable(); }
  export function trapAtTime(a: i64, b: i64): void { unreachable(); }
  /** The kind, what it is after what happens outside, and the last byte of what it carries. */
  export function onStruct(event: usize): u32 {
    const kind = load<u32>(event);
    outside();
    const length = load<u32>(event, 44);
    const last: u32 = length ? load<u8>(load<u32>(event, 40) + length - 1) : 0;
    return kind * 10000 + load<u32>(event) * 1000 + last;
  }`);

function guestWith(outside: () => void = () => {}): WebAssembly.Exports {
  const abort = () => {
    throw new Error('the guest has aborted');
  };
  return new WebAssembly.Instance(MODULE, { env: { abort, outside } }).exports;
}

const guest = guestWith();
const refused = withCode('ERR_MESSAGE_NOT_SCALAR');
const send = (name: string, message: unknown) =>
  wasm(guest, name).handle(new Message('t', message));

test('F58: a number reaches an i64, and a bigint what is none, where it stays the same', () => {
  const passed: [string, number | bigint, number | bigint][] = [
    ['onLong', 5, 5n],
    ['onLong', -(2 ** 53) + 1, -(2n ** 53n) + 1n],
    ['onLong', -(2n ** 63n), -(2n ** 63n)],
    ['onLong', 2n ** 64n - 1n, -1n],
    ['onInt', 5n, 5],
    ['onInt', 2n ** 32n - 1n, -1],
    ['onFloat', 2n ** 24n, 2 ** 24],
    ['onDouble', -(2n ** 60n), -(2 ** 60)],
    ['onDouble', 2.5, 2.5],
  ];
  for (const [name, message, expected] of passed) assert.is(send(name, message), expected, name);
});

test('F58: what would be another number is refused, and the guest is called on', () => {
  const wrong: [string, number | bigint][] = [
    ['onLong', 2.5],
    ['onLong', Number.NaN],
    ['onLong', 2 ** 53],
    ['onLong', 2n ** 64n],
    ['onInt', 2n ** 32n],
    ['onFloat', 2n ** 24n + 1n],
    ['onDouble', 2n ** 53n + 1n],
    ['onDouble', 10n ** 400n],
  ];
  for (const [name, message] of wrong) assert.throws(() => send(name, message), refused, name);
  assert.is(send('onLong', 1), 1n);
});

test('F58: any event reaches any function that takes numbers', () => {
  const events = new Events(3, EventSet.IN, 7);
  assert.is(wasm(guest, 'onLongs').handle(events), 317n);
  assert.is(wasm(guest, 'onMixed').handle(events), 31n);
  assert.is(wasm(guest, 'onLongs').handle(new TimeEvent('t', 1n, 2n)), 120n);
  assert.is(wasm(guest, 'onDouble').handle(new TimeEvent('t', 4n, 2n)), 4);
  assert.throws(() => wasm(guest, 'onInt').handle(new TimeEvent('t', 2n ** 40n, 0n)), refused);
});

test('a function of JavaScript in place of an export gets what there is', () => {
  const seen: unknown[] = [];
  const exports = {
    on: (...all: unknown[]) => void seen.push(...all.filter((a) => a !== undefined)),
  };
  wasm(exports, 'on').handle(new Message('t', 5n));
  wasm(exports, 'on').handle(new Events(1, 2, 3));
  assert.equal(seen, [5n, 1, 2, 3]);
});

test('an event in memory stays as it is while its guest handles others meanwhile', () => {
  const results: unknown[] = [];
  const inner: unknown[] = [new Message('topic', 'text'), new Events(1, EventSet.IN)];
  const instance = guestWith(() => {
    const next = inner.shift();
    // The same handler, one at the same address, and one elsewhere.
    if (next) for (const each of [handler, twin, other]) results.push(each.handle(next as Events));
  });
  const address = Number((instance.allocate as (size: number) => number)(4_096));
  const handler = wasm(instance, 'onStruct', { style: 'struct', address });
  const twin = wasm(instance, 'onStruct', { style: 'struct', address });
  const other = wasm(instance, 'onStruct', { style: 'struct', allocate: 'allocate' });
  results.push(handler.handle(new TimeEvent('outer', 1n, 1n)));
  const [text, fd] = [33_000 + 't'.charCodeAt(0), 11_000];
  assert.equal(results, [fd, fd, fd, text, text, text, 22_000]);
});

test('one handler on a timer and on a bus keeps both events, and memory may grow meanwhile', () => {
  const results: unknown[] = [];
  const clock = new TestClock();
  const bus = new MessageBus();
  let published = false;
  const instance = guestWith(() => {
    if (published) return;
    published = true;
    bus.publish('topic', 'text');
    (instance.memory as WebAssembly.Memory).grow(1);
  });
  const handler = wasm(instance, 'onStruct', { style: 'struct', allocate: 'allocate' });
  const noting = { handle: handler.handle.bind(handler) };
  bus.subscribe('topic', (message, topic) => {
    results.push(noting.handle(new Message(topic, message)));
  });
  clock.setTimeAlert('alert', 5n, {
    handler: (event: TimeEvent) => void results.push(noting.handle(event)),
  });
  clock.advanceTime(5n);
  assert.equal(results, [33_000 + 't'.charCodeAt(0), 22_000]);
  bus.close();
});

test('once a function has trapped, no function of that instance is called', () => {
  const [one, two] = [guestWith(), guestWith()];
  const fine = wasm(one, 'onLong');
  const message = new Message('t', 1);
  assert.is(fine.handle(message), 1n);
  const trapping = wasm(one, 'trap');
  assert.throws(() => trapping.handle(new Events(1, 1)), WebAssembly.RuntimeError);
  for (const name of ['trap', 'onLong', 'onDouble']) {
    assert.throws(() => wasm(one, name).handle(message), withCode('ERR_HANDLER_TRAPPED'));
  }
  assert.throws(() => fine.handle(message), /'trap' of the same instance/);
  assert.is(fine.trap, trapping.trap);
  assert.is(wasm(two, 'onLong').handle(message), 1n);
});

test('S53: a handler whose guest has trapped is reported once, on a timer, a bus and a fd', () => {
  const clock = new TestClock();
  const instance = guestWith();
  const errors: unknown[] = [];
  const attempt = (act: () => void) => {
    try {
      act();
    } catch (error) {
      errors.push(error);
    }
  };
  clock.setTimer('often', 1n, { handler: wasm(instance, 'trapAtTime') });
  for (let i = 0; i < 20; i += 1) attempt(() => clock.advanceTime(clock.timestampNs() + 1n));
  assert.is(errors.length, 1);
  assert.instance(errors[0], WebAssembly.RuntimeError);

  const bus = new MessageBus();
  bus.subscribe('n', wasm(instance, 'onLong'));
  for (let i = 0; i < 5; i += 1) attempt(() => bus.publish('n', i));
  assert.is(errors.length, 2);
  bus.close();

  using bell = new EventFd(1);
  using manager = new EventManager({ onHandlerError: 'report', onError: (e) => errors.push(e) });
  const subscriber = subscriberOf(wasm(instance, 'onInt'), [new Events(bell, EventSet.IN)]);
  manager.addSubscriber(subscriber);
  for (let i = 0; i < 5; i += 1) manager.runWithTimeout(0);
  assert.is(errors.length, 3);
  assert.ok(errors.slice(1).every((error) => withCode('ERR_HANDLER_TRAPPED')(error as Error)));
  // Whoever waits for an answer is told each time.
  const asked = wasm(instance, 'onLong');
  for (let i = 0; i < 2; i += 1) assert.throws(() => asked.handle(new Message('n', 1)));
});

test.run();
