import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { GUARD, outcome } from './fixtures/attached-programs.js';

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

test.run();
