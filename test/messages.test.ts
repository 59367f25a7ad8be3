import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, SignalFd, SignalRelay } from 'wasm-event-manager';
import { bridgeNats, MessageBus } from 'wasm-event-manager/bus';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';
import { RemoteEndpoint } from 'wasm-event-manager/remote';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What a call throws, or its promise. */
async function thrownBy(call: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await call();
  } catch (error) {
    return error as { code: string; message: string };
  }
  return assert.unreachable('nothing was thrown') as never;
}

const WRONG: [name: string, call: () => unknown, message: RegExp][] = [
  ['a clock without its manager', () => new LiveClock(undefined as never), /EventManager/],
  [
    'a bridge without options',
    () => bridgeNats(new MessageBus(), {}, undefined as never),
    /options of a bridge must be/,
  ],
  ['one signal for a relay', () => new SignalRelay('SIGTERM' as never), /\["SIGTERM"\]/],
  ['one signal for a signalfd', () => new SignalFd('SIGUSR1' as never), /\["SIGUSR1"\]/],
  ['no signals at all', () => new SignalRelay(undefined as never), /list such as \['SIGTERM'\]/],
];

for (const [name, call, message] of WRONG) {
  test(`says what is wrong with ${name}`, async () => {
    const error = await thrownBy(call);
    assert.is(error.code, 'ERR_INVALID_ARG_TYPE');
    assert.match(error.message, message);
  });
}

test('a remote call that is never answered is named', async () => {
  const manager = new EventManager();
  manager.expose({ next: () => 1 });
  const local = manager.remoteEndpoint();
  const far = RemoteEndpoint.from(manager.remoteEndpoint().share());
  const pending = [local, far].map((endpoint) => thrownBy(() => endpoint.call('next')));
  manager.close();
  const late = [local, far].map((endpoint) => thrownBy(() => endpoint.call('after')));
  for (const [promises, name] of [
    [pending, 'next'],
    [late, 'after'],
  ] as const) {
    for (const { code, message } of await Promise.all(promises)) {
      assert.is(code, 'ERR_CLOSED');
      assert.match(message, `remote call '${name}' was not answered`);
    }
  }
  far.close();
});

test("a clock takes the core module that it is given, and a live one its manager's", () => {
  const module = new WebAssembly.Module(readFileSync(`${ROOT}build/core.debug.wasm`));
  const instances: object[] = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(of: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(of, imports);
      instances.push(of);
    }
  };
  try {
    const fired: string[] = [];
    const clock = new TestClock({ module });
    clock.setTimeAlert('once', 5n, { handler: ({ name }) => void fired.push(name) });
    clock.advanceTime(9n);
    assert.equal(fired, ['once']);
    using manager = new EventManager({ module });
    new LiveClock(manager);
  } finally {
    WebAssembly.Instance = Instance;
  }
  assert.is(instances.length, 3);
  assert.ok(instances.every((each) => each === module));
});

test.run();
