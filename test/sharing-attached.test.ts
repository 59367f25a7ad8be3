import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventFd, EventManager, EventSet, Events, interest } from 'wasm-event-manager';
import { rounds, until } from './fixtures/attached.js';
import { GUARD, outcome } from './fixtures/attached-programs.js';

test('F33, S29: a shared fd keeps the process alive while one of its subscribers does', () => {
  const share = `const share = () => interest().read().withShared(bell)
    .withHandler(() => {}).registerInto(manager);
    manager.attach();`;
  const cases: [string, string][] = [
    ['share(); share().unref();', 'still alive\n7'],
    ['share().unref(); share().unref().ref();', 'still alive\n7'],
    ['const all = [share(), share()]; for (const each of all) each.unref();', '0'],
    ['share().unref(); const last = share(); setTimeout(() => last.remove(), 20);', '0'],
    ['const all = [share(), share()]; for (const each of all) each.remove();', '0'],
  ];
  for (const [program, expected] of cases) {
    assert.is(outcome(share + program + GUARD), expected, program);
  }
});

test('F33: who waits for its promise holds up nobody else, and loses no event', async () => {
  using manager = new EventManager();
  using bell = new EventFd(1);
  let release = () => {};
  const slow: Events[] = [];
  let quick = 0;
  interest()
    .read()
    .withShared(bell)
    .withHandler(({ events }) => {
      slow.push(events);
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    })
    .registerInto(manager);
  interest()
    .read()
    .withShared(bell)
    .withHandler(() => {
      quick += 1;
    })
    .registerInto(manager);
  manager.attach();
  await until(() => quick > 3);
  assert.is(slow.length, 1);
  release();
  await until(() => slow.length === 2);
});

test('F33: `rearmSettled` arms a ONE_SHOT share when its promise has settled', async () => {
  using manager = new EventManager({ rearmSettled: true });
  using bell = new EventFd(1);
  let calls = 0;
  manager.addSubscriber({
    init: (ops) => ops.share(new Events(bell, EventSet.IN | EventSet.ONE_SHOT)),
    process: async () => {
      calls += 1;
      await rounds(1);
      if (calls === 3) bell.read();
    },
  });
  manager.attach();
  await until(() => calls === 3);
  await rounds();
  assert.is(calls, 3);
});

test.run();
