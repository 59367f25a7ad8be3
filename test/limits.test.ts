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

import { SimulatedSyscalls } from 'wasm-event-manager/testing';
import { randomFrom } from './fixtures/random.js';

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

test('what is refused takes no memory, whatever the number', () => {
  using manager = new EventManager({ syscalls: new SimulatedSyscalls() });
  const ops = manager.eventOps(manager.addSubscriber({ process: () => {} }));
  const pick = randomFrom(7);
  const refuse = (call: () => void) => assert.throws(call, /EBADF/);
  const before = manager.metrics().memoryBytes;
  for (let i = 0; i < 100_000; i += 1) {
    refuse(() => ops.add(new Events(1_000 + pick(2 ** 31 - 1_000), IN)));
    if (manager.metrics().memoryBytes !== before) assert.unreachable(`after ${i} refusals`);
  }
  // A share has a subscriber of its own, whose place is there from the first on.
  refuse(() => ops.share(new Events(2 ** 30, IN)));
  const shared = manager.metrics().memoryBytes;
  for (let i = 0; i < 1_000; i += 1) {
    refuse(() => ops.share(new Events(1_000 + pick(2 ** 31 - 1_000), IN)));
    refuse(() => ops.addAll([new Events(1_000 + pick(2 ** 31 - 1_000), IN)]));
  }
  assert.is(manager.metrics().memoryBytes, shared);
  assert.is(manager.metrics().registrations, 0);
});

test('what there is no memory for leaves nothing in the kernel', () => {
  const kernel = new SimulatedSyscalls({ maxFds: 10_000 });
  using manager = new EventManager({ syscalls: kernel, memoryMax: 2 * 65_536 });
  const ops = manager.eventOps(manager.addSubscriber({ process: () => {} }));
  const bell = kernel.eventfd(1n);
  // Each range of numbers takes pages of its own, until there are none left.
  const numbers = Array.from({ length: 40 }, (_, i) => kernel.dup2(bell, (i + 1) * 2 ** 20));
  const refused = numbers.filter((fd) => {
    try {
      ops.add(new Events(fd, IN));
      return false;
    } catch (error) {
      assert.ok(isOutOfMemory(error) || /no room for fd/.test(String(error)));
      return true;
    }
  });
  assert.ok(refused.length > 0 && refused.length < numbers.length);
  assert.is(manager.run(), numbers.length - refused.length);
  assert.is(manager.metrics().stale, 0);
});

test('numbers at the ends of their ranges come and go', () => {
  const kernel = new SimulatedSyscalls({ maxFds: 10_000 });
  using manager = new EventManager({ syscalls: kernel });
  const seen: number[] = [];
  const ops = manager.eventOps(manager.addSubscriber({ process: ({ fd }) => void seen.push(fd) }));
  const bell = kernel.eventfd(1n);
  const numbers = [0, 1, 1023, 1024, 1025, 2 ** 20 - 1, 2 ** 20, 2 ** 21, 2 ** 31 - 1];
  for (const fd of numbers) if (fd !== bell) kernel.dup2(bell, fd);
  for (let round = 0; round < 3; round += 1) {
    for (const fd of numbers) ops.add(new Events(fd, IN));
    assert.is(manager.run(), numbers.length);
    assert.equal(
      seen.splice(0).sort((a, b) => a - b),
      numbers,
    );
    for (const fd of numbers) ops.pause(fd);
    for (const fd of numbers) ops.resume(fd);
    for (const fd of numbers) ops.remove(fd);
    assert.is(manager.metrics().registrations, 0);
    assert.is(manager.runWithTimeout(0), 0);
  }
  const used = manager.metrics().memoryBytes;
  for (const fd of numbers) ops.add(new Events(fd, IN));
  assert.is(manager.metrics().memoryBytes, used, 'a number’s pages are used again');
});

test('memory whose addresses can’t be had says what to do', () => {
  const program = `
    import { EventManager } from 'wasm-event-manager';
    try { new EventManager({ memoryMax: Number(process.argv[1]) }).close(); console.log('made'); }
    catch ({ code, message }) { console.log(code, /ulimit -v/.test(message)); }`;
  const run = (flags: string) => {
    const args = `${flags} --input-type=module --eval "$1" ${2 ** 25}`;
    const script = `ulimit -v 4000000; exec "$0" ${args}`;
    const options = { cwd: ROOT, encoding: 'utf8', timeout: 60_000 } as const;
    return spawnSync('sh', ['-c', script, process.execPath, program], options).stdout;
  };
  // A later V8 does without the addresses.
  assert.match(run(''), /^(ERR_OUT_OF_MEMORY true|made)\n$/);
  assert.is(run('--disable-wasm-trap-handler'), 'made\n');
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
    assert.equal(codes, Array(6).fill(['EMFILE', -24, true]));
  });
}

test.run();
