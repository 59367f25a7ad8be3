import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  EventFd,
  EventManager,
  type EventManagerError,
  EventSet,
  Events,
} from 'wasm-event-manager';

const { IN } = EventSet;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

function isOutOfMemory(error: unknown): boolean {
  const { code, message } = error as EventManagerError;
  return code === 'ERR_OUT_OF_MEMORY' && /raise `memoryMax`/.test(message);
}

test('memoryMax is kept, with nothing half changed', () => {
  assert.throws(() => new EventManager({ memoryMax: 65_536, capacity: 4_096 }), isOutOfMemory);
  using manager = new EventManager({ memoryMax: 2 * 65_536 });
  const bells = Array.from({ length: 2_500 }, () => new EventFd());
  const id = manager.addSubscriber({ process: () => {} });
  const ops = manager.eventOps(id);
  const addAll = () => ops.addAll(bells.map((bell) => new Events(bell, IN)));
  assert.throws(addAll, isOutOfMemory);
  assert.is(manager.metrics().registrations, 0);
  // There is room for these, and they are told of.
  for (const bell of bells.slice(0, 1_000)) ops.add(new Events(bell, IN));
  bells[0]!.write();
  assert.is(manager.run(), 1);
  for (const bell of bells) bell.close();
});

test('10 000 registrations take 64 bytes of Wasm memory each, at the most', () => {
  using manager = new EventManager();
  const bells = Array.from({ length: 10_000 }, () => new EventFd());
  for (const bell of bells) {
    manager.addSubscriber({
      init: (ops) => ops.add(new Events(bell, IN)),
      process: () => {},
    });
  }
  const { memoryBytes, registrations } = manager.metrics();
  assert.is(registrations, 10_000);
  assert.ok(memoryBytes <= 64 * registrations, `${memoryBytes / registrations} bytes each`);
  for (const bell of bells) bell.close();
});

/** Opens fds until there are no more, and prints what came of it, and of what was done then. */
const PROGRAM = `
    import { EventFd, EventManager, Events, EventSet, pipe, TimerFd } from 'wasm-event-manager';
    const manager = new EventManager();
    const bells = [];
    const id = manager.addSubscriber({ process: () => {} });
    let first;
    try {
      for (;;) {
        const bell = new EventFd(1);
        bells.push(bell);
        manager.eventOps(id).add(new Events(bell, EventSet.IN));
      }
    } catch (error) { first = error; }
    const codes = [first];
    const makers = [
      () => pipe(), () => new TimerFd(), () => new EventManager(), () => manager.fd,
      () => bells[0].clone(),
    ];
    for (const make of makers) {
      try { make(); codes.push('none'); } catch (error) { codes.push(error); }
    }
    const calls = manager.run();
    for (const bell of bells.splice(0, 2)) bell.close();
    new EventManager().close();
    console.log(JSON.stringify({
      fds: bells.length, calls,
      codes: codes.map(({ code, errno, message }) => [code, errno, /ulimit -n/.test(message)]),
    }));`;

for (const limit of [200, 20_000]) {
  test(`when all of ${limit} fds are open, each call says so, and the manager works on`, () => {
    const script = `ulimit -n ${limit} || exit 77; exec "$0" --input-type=module --eval "$1"`;
    const options = { cwd: ROOT, encoding: 'utf8', timeout: 60_000 } as const;
    const child = spawnSync('sh', ['-c', script, process.execPath, PROGRAM], options);
    if (child.status === 77) {
      console.log(`SKIPPED ${limit} fds: the hard limit of this machine is lower`);
      return;
    }
    assert.ok(child.stdout, child.stderr);
    const { fds, calls, codes } = JSON.parse(child.stdout);
    assert.ok(fds > limit / 2 && fds < limit);
    assert.is(calls, Math.min(fds + 2, 256), 'a batch, though a fd more could not be had');
    assert.equal(codes, Array(6).fill(['ERR_SYSTEM', 24, true]));
  });
}

test.run();
