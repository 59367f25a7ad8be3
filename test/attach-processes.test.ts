import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GUARD, outcome, PRELUDE } from './fixtures/attached-programs.js';
import { runProgram } from './fixtures/program.js';

test('S28: what a handler throws is an uncaught exception, with its stack', () => {
  const { stderr, status } = runProgram(`${PRELUDE}
    function explode() { throw new RangeError('boom'); }
    interest().read().withFd(bell).withHandler(() => explode()).registerInto(manager);
    manager.attach();
    bell.write();`);
  assert.is(status, 1);
  assert.match(stderr, /RangeError: boom\n\s+at explode/);
});

test('S28: the loop goes on behind an uncaught exception, a rejection and a bad onError', () => {
  const output = outcome(`
    let calls = 0;
    process.on('uncaughtException', (error) => console.log(error.message));
    const bells = [1, 2, 3].map(() => new EventFd());
    interest().read().withFd(bells[0]).withHandler(({ source }) => {
      source.read();
      throw new Error('thrown');
    }).registerInto(manager);
    interest().read().withFd(bells[1]).withHandler(async ({ source }) => {
      source.read();
      throw new Error('rejected');
    }).registerInto(manager);
    const registration = ring.registerInto(manager);
    manager.attach();
    const reporting = new EventManager({
      onHandlerError: 'report',
      onError: () => { throw new Error('onError itself'); },
    });
    interest().read().withFd(bells[2]).withHandler(({ source }) => {
      source.read();
      throw new Error('unseen');
    }).registerInto(reporting);
    reporting.attach();
    for (let round = 0; round < 2; round += 1) {
      for (const each of [...bells, bell]) {
        each.write();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    manager.close();
    reporting.close();`);
  const round = 'thrown\nrejected\nonError itself\nrung 1n\n';
  assert.is(output, `${round}${round}0`);
});

test('S29, F18: the process ends by itself when nothing referenced is left', () => {
  const cases: [string, string, string][] = [
    ['nothing was registered', `manager.attach();`, '0'],
    [
      'the last one is removed',
      `
      const registration = ring.registerInto(manager);
      manager.attach();
      setTimeout(() => registration.remove(), 20);`,
      '0',
    ],
    [
      'its subscriber is removed',
      `
      const { id } = ring.registerInto(manager);
      manager.attach();
      setTimeout(() => manager.removeSubscriber(id), 20);`,
      '0',
    ],
    [
      'it is unreferenced',
      `
      ring.registerInto(manager).unref();
      manager.attach();`,
      '0',
    ],
    [
      'all is unreferenced',
      `
      ring.registerInto(manager);
      manager.attach().unref();`,
      '0',
    ],
    [
      'it is detached',
      `
      ring.registerInto(manager);
      const attachment = manager.attach();
      setTimeout(() => attachment.detach(), 20);`,
      '0',
    ],
    [
      'it is closed',
      `
      ring.registerInto(manager);
      manager.attach();
      setTimeout(() => manager.close(), 20);`,
      '0',
    ],
    [
      'its timers are done',
      `
      const clock = new LiveClock(manager);
      const soon = clock.timestampNs() + 20_000_000n;
      clock.setTimeAlert('soon', soon, { handler: () => console.log('fired') });
      manager.attach();`,
      'fired\n0',
    ],
    [
      'its calls are answered',
      `
      manager.expose({ answer: () => 42 });
      manager.attach();
      console.log(await manager.remoteEndpoint().call('answer'));`,
      '42\n0',
    ],
    [
      'its messages are delivered',
      `manager.attach();
      const bus = new MessageBus(manager);
      bus.subscribe('*', (message) => console.log(message));
      bus.publish('topic', 'delivered');`,
      'delivered\n0',
    ],
    [
      'a fd was ready once',
      `
      bell.write();
      manager.attach();
      console.log((await manager.readable(bell)).readable);`,
      'true\n0',
    ],
    [
      'what is awaited is given up',
      `
      const signal = AbortSignal.timeout(20);
      await manager.readable(bell, { signal }).catch((error) => console.log(error.name));`,
      'TimeoutError\n0',
    ],
  ];
  for (const [when, program, expected] of cases)
    assert.is(outcome(program + GUARD), expected, when);
});

test('S29: a referenced registration, timer or pending wait keeps it alive', () => {
  const cases: [string, string][] = [
    ['a registration', `ring.registerInto(manager); manager.attach();`],
    [
      'referenced again',
      `ring.registerInto(manager).unref().ref(); manager.attach().unref().ref();`,
    ],
    [
      'added later',
      `
      manager.attach();
      setTimeout(() => ring.registerInto(manager), 20);`,
    ],
    [
      'one of two',
      `
      ring.registerInto(manager).unref();
      interest().read().withFd(new EventFd()).withHandler(() => {}).registerInto(manager);
      manager.attach();`,
    ],
    [
      'a timer',
      `
      const clock = new LiveClock(manager);
      clock.setTimer('slow', 60_000_000_000n, { handler: () => {} });
      manager.attach();`,
    ],
    ['someone who awaits', `manager.readable(bell);`],
  ];
  for (const [what, program] of cases) {
    assert.is(outcome(program + GUARD), 'still alive\n7', what);
  }
});
test.run();
