import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPAT, namespace, outputOf, SYS } from './fixtures/host-name.js';

// One whose event takes no privileges is the host's name, in a namespace of the program's own.

/** A test of what a program prints in a namespace of its own. */
function heard(title: string, program: string, expected: string): void {
  (namespace ? test : test.skip)(title, () => assert.is(outputOf(program), expected));
}

heard(
  'an epoll instance around another takes the event of such a file from it',
  `
  const { Kernel } = await import(${SYS} + 'kernel.js');
  const kernel = new Kernel();
  const memory = { bytes: new Uint8Array(64) };
  const [inner, outer] = [kernel.create(), kernel.create()];
  kernel.ctl(inner, 1, open(), PRIORITY, 1, 1);
  kernel.ctl(outer, 1, inner, IN, 2, 1);
  change();
  console.log(kernel.wait(outer, memory, 0, 4, 0), kernel.wait(inner, memory, 0, 4, 0));
  change();
  console.log(kernel.wait(inner, memory, 0, 4, 0), kernel.wait(inner, memory, 0, 4, 0));
  `,
  '1 0\n1 0\n',
);

heard(
  'S50: blocking: each change is one event, and nothing is left open',
  `
  const before = fds();
  const manager = new EventManager();
  const fd = open();
  const { heard, registration } = listen(manager, fd);
  runIdle(manager);
  change();
  run(manager);
  change();
  run(manager);
  console.log(heard.join());
  registration.remove();
  manager.close();
  console.log(fds() - before - 1);
  `,
  'PRIORITY|ERROR,PRIORITY|ERROR\n0\n',
);

heard(
  'S50: attached, beside other fds',
  `
  await attachOnce();
  const before = fds();
  const manager = new EventManager();
  manager.attach();
  const fd = open();
  const { heard } = listen(manager, fd);
  const bell = new EventFd();
  let rung = 0;
  interest().read().withOwned(bell).withHandler(({ source }) => {
    source.read();
    rung += 1;
  }).registerInto(manager);
  for (let i = 0; i < 5; i += 1) {
    change();
    bell.write();
    await until(() => heard.length > i && rung > i);
  }
  console.log(heard.length, rung);
  manager.close();
  closeSync(fd);
  await until(() => fds() === before);
  console.log(fds() - before);
  `,
  '5 5\n0\n',
);

heard(
  'S50: watch, one change at a time',
  `
  const manager = new EventManager();
  const fd = open();
  let seen = 0;
  setTimeout(change, 10);
  for await (const events of manager.watch(fd, PRIORITY)) {
    seen += 1;
    if (seen === 4) break;
    change();
    if (seen === 2) await sleep(10);
  }
  console.log(seen);
  `,
  '4\n',
);

heard(
  'S50: compat/epoll',
  `
  const { Epoll } = await import(${COMPAT});
  const fd = open();
  const seen = [];
  const poller = new Epoll((error, fd, events) => void seen.push(events));
  poller.add(fd, Epoll.EPOLLPRI);
  for (let i = 0; i < 3; i += 1) {
    change();
    await until(() => seen.length > i);
  }
  poller.remove(fd).close();
  console.log(seen.join());
  `,
  '10,10,10\n',
);

heard(
  'S50: a manager in a manager, and that in a third',
  `
  const managers = [new EventManager(), new EventManager(), new EventManager()];
  const { heard } = listen(managers[0], open());
  for (const [i, outer] of [managers[1], managers[2]].entries()) {
    outer.addSubscriber({
      init: (ops) => ops.add(new Events(managers[i].fd, IN)),
      process: () => void managers[i].runWithTimeout(0),
    });
  }
  for (let i = 0; i < 3; i += 1) {
    change();
    run(managers[2]);
  }
  console.log(heard.length);
  `,
  '3\n',
);

heard(
  'S50: one-shot, paused, modified: what happens meanwhile is told afterwards',
  `
  const manager = new EventManager();
  const { heard, registration } = listen(manager, open(), (PRIORITY | ONE_SHOT) >>> 0);
  change();
  run(manager);
  change();
  runIdle(manager);
  console.log(heard.length);
  registration.rearm();
  run(manager);
  console.log(heard.length);
  registration.modify(PRIORITY);
  registration.pause();
  change();
  runIdle(manager);
  console.log(heard.length);
  registration.resume();
  run(manager);
  console.log(heard.length);
  registration.modify((IN | PRIORITY) >>> 0);
  for (let i = 0; i < 3; i += 1) console.log(run(manager), heard.at(-1));
  registration.modify((PRIORITY | EDGE_TRIGGERED) >>> 0);
  runIdle(manager);
  change();
  run(manager);
  console.log(heard.at(-1));
  `,
  '1\n2\n2\n3\n1 IN\n1 IN\n1 IN\nPRIORITY|ERROR\n',
);

heard(
  'S50: PRIORITY that comes with a later modify',
  `
  const manager = new EventManager();
  const fd = open();
  manager.attach().unref();
  const { heard, registration } = listen(manager, fd, IN);
  registration.modify(PRIORITY);
  change();
  await until(() => heard.length > 0);
  console.log(heard.join());
  `,
  'PRIORITY|ERROR\n',
);

heard(
  'S50: a fd that is closed unannounced is heard of no more, and its number is free',
  `
  const manager = new EventManager();
  const fd = open();
  const { heard } = listen(manager, fd);
  closeSync(fd);
  change();
  runIdle(manager);
  console.log(heard.length);
  const again = open();
  const other = listen(manager, again);
  console.log(again === fd, manager.metrics().registrations);
  change();
  run(manager);
  console.log(heard.length, other.heard.length);
  other.registration.remove();
  closeSync(again);
  const bell = new EventFd();
  const last = listen(manager, bell, IN);
  bell.write();
  manager.runWithTimeout(0);
  console.log(bell.fd === fd, last.heard.length);
  `,
  '0\ntrue 1\n0 1\ntrue 1\n',
);

heard(
  'S50: two fds of two managers, and a fd that is registered twice',
  `
  const managers = [new EventManager(), new EventManager()];
  const fd = open();
  const heards = managers.map((manager) => listen(manager, open()).heard);
  const { heard } = listen(managers[0], fd);
  try {
    listen(managers[0], fd);
  } catch ({ code }) {
    console.log(code);
  }
  change();
  for (const manager of managers) run(manager);
  console.log(heard.length, ...heards.map(({ length }) => length));
  for (const manager of managers) manager.close();
  `,
  'ERR_FD_ALREADY_REGISTERED\n1 1 1\n',
);

heard(
  'S50: where the kernel takes no such requests, a blocking manager still hears',
  `
  const { ManagerKernel } = await import(${SYS} + 'manager-kernel.js');
  const { AioPolls } = await import(${SYS} + 'aio.js');
  class None extends AioPolls { open() { return false; } }
  class Refused extends AioPolls { ask() { return -1; } }
  for (const polls of [new None(), new Refused()]) {
    const before = fds();
    const manager = new EventManager({ syscalls: new ManagerKernel(polls) });
    const { heard } = listen(manager, open());
    change();
    run(manager);
    console.log(heard.join());
    manager.close();
    console.log(fds() - before);
  }
  `,
  'PRIORITY|ERROR\n1\nPRIORITY|ERROR\n1\n',
);

test.run();
