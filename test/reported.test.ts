import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, type HandlerErrorPolicy } from 'wasm-event-manager';
import { LiveClock } from 'wasm-event-manager/clock';
import { TcpListener, TcpStream } from 'wasm-event-manager/net';
import { setTimer, timeLeft } from '../host/sys/timerfd.js';
import { LOCALHOST, openFds, runUntil } from './fixtures/sockets.js';

const EBADF = 9;
const LIMIT_MS = 10_000;

/** A manager, and the messages of the errors that it was told of. */
function reporting(onHandlerError: HandlerErrorPolicy) {
  const errors: string[] = [];
  const onError = (error: unknown) => {
    const all = error instanceof AggregateError ? error.errors : [error];
    errors.push(...all.map(({ message }) => message));
  };
  return { errors, manager: new EventManager({ onHandlerError, onError }) };
}

test('S20: what the handler of a new connection throws is reported, and others are served', () => {
  const { errors, manager } = reporting('report');
  let fresh = 0;
  const served: unknown[] = [];
  const listener = TcpListener.listen(manager, { host: LOCALHOST }, (stream) => {
    fresh += 1;
    if (fresh % 2 === 1) throw new Error(`number ${fresh}`);
    served.push(stream);
    return {};
  });
  const before = openFds();
  const { port } = listener.address as { port: number };
  const clients = [1, 2, 3, 4].map(() => TcpStream.connect(manager, { host: LOCALHOST, port }, {}));
  runUntil(manager, () => fresh === 4);
  assert.equal(errors.sort(), ['number 1', 'number 3']);
  assert.is(served.length, 2);
  for (const each of clients) each.close();
  for (const each of served) (each as { close(): void }).close();
  assert.ok(openFds() <= before + clients.length, 'refused connections are closed');
  listener.close();
  manager.close();
});

test('S20: a rejected promise of a timer’s handler is reported; `remove` ends it', async () => {
  for (const policy of ['report', 'remove'] as const) {
    const { errors, manager } = reporting(policy);
    const clock = new LiveClock(manager);
    let calls = 0;
    clock.setTimer('t', 1_000_000n, {
      handler: async () => {
        calls += 1;
        throw new Error(`call ${calls}`);
      },
    });
    manager.attach();
    const deadline = performance.now() + LIMIT_MS;
    const enough = policy === 'report' ? 2 : 1;
    while (errors.length < enough && performance.now() < deadline) await sleep(2);
    assert.equal(errors.slice(0, enough), ['call 1', 'call 2'].slice(0, enough), policy);
    assert.is(clock.timerCount, policy === 'report' ? 1 : 0);
    manager.close();
  }
});

test('a timer that is none answers with the errno, set or asked', () => {
  assert.is(timeLeft(-1), -EBADF);
  assert.is(setTimer(-1, 0, 1n, 0n), -EBADF);
});

test.run();
