import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';

test('S24: the budget of a turn holds for messages; the rest comes next turn, in order', () => {
  using manager = new EventManager({ budget: { events: 10 } });
  const bus = new MessageBus(manager);
  const seen: string[] = [];
  const handlers = ['a', 'b', 'c'].map((name) => (message: unknown) => {
    seen.push(`${name}${message}`);
  });
  for (const handler of handlers) bus.subscribe('t', handler);
  for (let i = 0; i < 20; i += 1) bus.publish('t', i);
  const expected = Array.from({ length: 20 }, (_, i) => [`a${i}`, `b${i}`, `c${i}`]).flat();
  let turns = 0;
  while (bus.counters.queued > 0) {
    const calls = manager.runWithTimeout(0);
    assert.ok(calls >= 1 && calls <= 10, `${calls} calls`);
    turns += 1;
  }
  assert.equal(seen, expected);
  assert.is(turns, 6);
});

test('S39: who is unsubscribed between two turns of one message is not called any more', () => {
  using manager = new EventManager({ budget: { events: 1 } });
  const bus = new MessageBus(manager);
  const seen: string[] = [];
  bus.subscribe('t', () => seen.push('first'));
  const second = bus.subscribe('t', () => seen.push('second'));
  bus.subscribe('t', () => seen.push('third'));
  bus.publish('t', 0);
  manager.runWithTimeout(0);
  assert.is(bus.counters.queued, 1);
  second.unsubscribe();
  manager.runWithTimeout(0);
  assert.equal(seen, ['first', 'third']);
});

test('S24: under a budget the buses of a manager take turns, and none starves', () => {
  using manager = new EventManager({ budget: { events: 1 } });
  const seen: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    const bus = new MessageBus(manager);
    bus.subscribe('t', () => seen.push(name));
    for (let i = 0; i < 4; i += 1) bus.publish('t', i);
  }
  while (seen.length < 12) manager.runWithTimeout(0);
  assert.is(seen.join(''), 'abcabcabcabc');
});

test('a shared clock that cancels its timers leaves the timeouts of a bus alone', () => {
  const clock = new TestClock();
  const bus = new MessageBus({ clock });
  bus.register('e', () => {});
  let code: string | undefined;
  const callback = (error: unknown) => {
    code = (error as { code: string }).code;
  };
  bus.request('e', 0, { timeoutMs: 1, callback });
  assert.equal(clock.timerNames, []);
  clock.cancelTimers();
  clock.advanceTime(1_000_000n);
  assert.is(code, 'ERR_TIMED_OUT');
});

test('S41: after an answered request the next one times out', () => {
  using manager = new EventManager();
  const bus = new MessageBus(manager, { clock: new LiveClock(manager) });
  const answers: unknown[] = [];
  const callback = (error: { code?: string } | undefined, answer: unknown) =>
    answers.push(error?.code ?? answer);
  const options = { callback: callback as never };
  bus.register('answers', (_, request) => request!.respond('yes'));
  bus.register('is silent', () => {});
  bus.request('answers', 0, { timeoutMs: 500, ...options });
  bus.request('is silent', 0, { timeoutMs: 520, ...options });
  const deadline = performance.now() + 5_000;
  while (answers.length < 2 && performance.now() < deadline) manager.runWithTimeout(100);
  assert.equal(answers, ['yes', 'ERR_TIMED_OUT']);
});

test('a request whose answer waits when the bus is closed ends with ERR_CLOSED', () => {
  using manager = new EventManager();
  const bus = new MessageBus(manager);
  const codes: unknown[] = [];
  bus.register('e', (_, request) => {
    request!.respond('answer');
    bus.close();
  });
  const callback = (error: unknown) => codes.push((error as { code: string })?.code);
  bus.request('e', 0, { callback });
  manager.run();
  assert.equal(codes, ['ERR_CLOSED']);
});

test('S29, S41: an answered request, and a closed bus, let the process end', () => {
  const program = `
    import { EventManager } from 'wasm-event-manager';
    import { MessageBus } from 'wasm-event-manager/bus';
    const manager = new EventManager();
    manager.attach();
    const bus = new MessageBus(manager);
    bus.register('e', (message, request) => request.respond(message));
    console.log(await bus.request('e', 'answered'));
    const other = new MessageBus(manager);
    other.publish('t', 1);
    other.close();
  `;
  const args = ['--input-type=module', '-e', program];
  const { stdout, signal } = spawnSync(process.execPath, args, { timeout: 20_000 });
  assert.is(signal, null, 'it had to be killed');
  assert.is(stdout.toString(), 'answered\n');
});

test.run();
