import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Attachment, EventFd, EventManager, interest } from 'wasm-event-manager';
import { withCode } from './fixtures/configurations.js';
import type { TestProcedures } from './fixtures/remote-worker.js';
import { startScenario } from './fixtures/threads.js';

interface State {
  manager: EventManager;
  attachment: Attachment;
  notes: unknown[];
}

const test = suite<State>('remote calls to an attached manager');

test.before.each((state) => {
  state.manager = new EventManager();
  state.notes = [];
  state.manager.expose({
    add: (_ops, a: number, b: number) => a + b,
    echo: (_ops, value: unknown) => value,
    note: (_ops, value: unknown) => void state.notes.push(value),
    later: (_ops, value: number) => sleep(5, value),
    never: () => {
      state.notes.push('never answered');
      return new Promise(() => {});
    },
    ring: () => bell.write(),
    stop: () => state.manager.stop(),
  });
  const bell = new EventFd();
  interest()
    .read()
    .withOwned(bell)
    .withHandler(({ source }) => void state.notes.push(source.read()))
    .registerInto(state.manager);
  state.attachment = state.manager.attach();
});
test.after.each(({ manager }) => manager.close());

function startCaller(manager: EventManager, scenario: string) {
  const port = manager.remoteEndpoint().share();
  return startScenario('remote-worker.js', scenario, { port }, [port]);
}

test('F75, F76: a worker calls, blocking and awaiting', async ({ manager }) => {
  assert.equal(await startCaller(manager, 'results').result, [3, 7]);
});

test('F78: calls run in their order', async ({ manager, notes }) => {
  await startCaller(manager, 'order').result;
  assert.is(notes.length, 101);
  assert.is(notes.at(-1), 'end');
});

test('S30: what a procedure promises settles while the manager goes on', async ({ manager }) => {
  assert.is(await startCaller(manager, 'later').result, 6);
});

test('its own thread calls, is answered in a turn, and can stop it', async (state) => {
  const { manager, attachment, notes } = state;
  const endpoint = manager.remoteEndpoint<TestProcedures>();
  assert.equal(await Promise.all([endpoint.call('add', 1, 2), endpoint.call('later', 4)]), [3, 4]);
  assert.throws(() => endpoint.callBlocking('add', [1, 2]), withCode('ERR_WOULD_DEADLOCK'));
  await manager.remoteEndpoint().call('ring');
  await sleep(10);
  assert.equal(notes, [1n]);
  await manager.remoteEndpoint().call('stop');
  await sleep(5);
  assert.is(attachment.detached, true);
});

test('a worker that dies in the middle leaves it attached', async (state) => {
  const { manager, attachment, notes } = state;
  const { worker, result } = startCaller(manager, 'block');
  for (let i = 0; i < 5_000 && notes.length === 0; i += 1) await sleep(1);
  assert.equal(notes, ['never answered']);
  await worker.terminate();
  await result.catch(() => {});
  assert.is(attachment.detached, false);
  assert.is(await manager.remoteEndpoint<TestProcedures>().call('add', 2, 2), 4);
});

test('close rejects what is pending', async ({ manager }) => {
  const pending = manager.remoteEndpoint<TestProcedures>().call('add', 1, 2);
  manager.close();
  try {
    await pending;
    assert.unreachable();
  } catch (error) {
    assert.ok(withCode('ERR_CLOSED')(error as Error), String(error));
  }
});

test.run();
