import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GUARD, MODULE, outcome } from './fixtures/attached-programs.js';
import { runProgram } from './fixtures/program.js';

test('an end in the middle of things is an end, and no abort', () => {
  const cases: [string, string, string][] = [
    ['exit while attached', `ring.registerInto(manager); manager.attach(); process.exit(3);`, '3'],
    [
      'exit in a handler',
      `
      interest().read().withFd(bell).withHandler(() => process.exit(4)).registerInto(manager);
      manager.attach();
      bell.write();`,
      '4',
    ],
    [
      'exit with a promise pending',
      `
      interest().read().withFd(bell).withHandler(() => new Promise(() => {})).registerInto(manager);
      manager.attach();
      bell.write();
      setTimeout(() => process.exit(5), 20);`,
      '5',
    ],
    [
      'never closed, collected',
      `
      manager.attach().detach();
      (() => { new EventManager().attach(); })();
      gc();`,
      '0',
    ],
    [
      'attached and detached 1 000 times',
      `
      ring.registerInto(manager);
      for (let i = 0; i < 1_000; i += 1) manager.attach().detach();
      for (let i = 0; i < 100; i += 1) {
        const attachment = manager.attach();
        await new Promise(setImmediate);
        attachment.detach();
      }
      manager.attach();
      bell.write();
      setTimeout(() => manager.close(), 20);`,
      'rung 1n\n0',
    ],
    [
      '1 000 managers, closed',
      `
      for (let i = 0; i < 1_000; i += 1) {
        const each = new EventManager();
        each.attach();
        if (i % 10 === 0) await new Promise(setImmediate);
        each.close();
      }`,
      '0',
    ],
  ];
  for (const [what, program, expected] of cases) {
    assert.is(outcome(program + GUARD, ['--expose-gc']), expected, what);
  }
});

test('an event that comes at the very end is not told, and harms nobody', () => {
  const cases: [string, string][] = [
    [
      'ready all along, and unreferenced',
      `
      interest().read().withFd(bell).withHandler(() => {}).registerInto(manager);
      manager.attach().unref();
      bell.write();`,
    ],
    [
      'made ready by a listener of exit',
      `
      ring.registerInto(manager).unref();
      manager.attach();
      process.on('exit', () => bell.write());`,
    ],
    [
      'attached by a listener of exit',
      `
      ring.registerInto(manager);
      bell.write();
      process.on('exit', () => manager.attach());`,
    ],
    [
      'detached by one',
      `
      ring.registerInto(manager).unref();
      const attachment = manager.attach();
      process.on('exit', () => {
        bell.write();
        attachment.detach();
        manager.close();
      });`,
    ],
  ];
  for (const [what, program] of cases) assert.is(outcome(program), '0', what);
});

test('F19: workers can be terminated in the middle of their events', () => {
  const worker = (end: string) => `
    import { parentPort } from 'node:worker_threads';
    import { EventFd, EventManager, interest } from ${MODULE};
    const manager = new EventManager();
    const bell = new EventFd(1);
    let calls = 0;
    // Never read: an event comes in every round.
    interest().read().withFd(bell).withHandler(() => {
      calls += 1;
      if (calls !== 10) return;
      parentPort.postMessage('busy');
      setTimeout(() => { ${end} }, 1);
    }).registerInto(manager);
    const attachment = manager.attach();`;
  for (const [end, how] of [
    ['', 'await worker.terminate()'],
    ['process.exit(0)', 'await exited'],
    ['attachment.unref()', 'await exited'],
  ] as const) {
    // The library is not loaded in the main thread: the last worker takes koffi along.
    const { stdout, stderr, status, signal } = runProgram(`
      import { Worker } from 'node:worker_threads';
      import { once } from 'node:events';
      const source = ${JSON.stringify(worker(end))};
      const url = new URL('data:text/javascript,' + encodeURIComponent(source));
      for (let round = 0; round < 12; round += 1) {
        const worker = new Worker(url);
        const exited = once(worker, 'exit');
        await once(worker, 'message');
        ${how};
      }
      console.log('done');`);
    assert.is(`${stdout}${signal ?? status}`, 'done\n0', `${how}: ${stderr}`);
  }
});

test.run();
