import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const load = (name: string) => `await import(${JSON.stringify(import.meta.resolve(name))})`;

/** The warnings of a program that forgets what it has made. */
function warningsOf(make: string): string[] {
  const source = `
    const { EventManager } = ${load('wasm-event-manager')};
    const { RemoteEndpoint } = ${load('wasm-event-manager/remote')};
    const { Poll, Waker } = ${load('wasm-event-manager/poll')};
    const warnings = [];
    process.on('warning', ({ name, message }) => {
      // That of node:ffi, where that is in use.
      if (name !== 'ExperimentalWarning') warnings.push(name + ': ' + message);
    });
    const manager = new EventManager();
    const kept = [];
    (() => { ${make} })();
    for (let i = 0; i < 10; i += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      gc();
    }
    console.log(JSON.stringify(warnings.map((each) => each.replace(/[0-9]+/, 'N'))));
    manager.close();`;
  const flags = ['--expose-gc', '--no-warnings', '--input-type=module', '-e', source];
  return JSON.parse(execFileSync(process.execPath, flags, { encoding: 'utf8', timeout: 30_000 }));
}

const gone = (what: string) => `FdLeakWarning: ${what} was never closed, and its object is gone`;

test('an endpoint, a poll and a waker that are collected unclosed are told of, once a kind', () => {
  const endpoints = 'RemoteEndpoint.from(manager.remoteEndpoint().share());'.repeat(3);
  assert.equal(warningsOf(endpoints), [gone('a remote endpoint')]);
  assert.equal(warningsOf('new Poll(); new Poll();'), [gone('fd N (a Poll)')]);
  const waker = 'const poll = new Poll(); kept.push(poll); new Waker(poll.registry, 1);';
  assert.equal(warningsOf(waker), [gone('fd N (a Waker)')]);
});

test('what was closed, is kept, or owns nothing is not', () => {
  const made = `
    RemoteEndpoint.from(manager.remoteEndpoint().share()).close();
    kept.push(RemoteEndpoint.from(manager.remoteEndpoint().share()), new Poll());
    const poll = new Poll();
    const waker = new Waker(poll.registry, 1);
    Waker.from(waker.share());
    waker.close();
    poll.close();
    manager.remoteEndpoint().fire('nothing');`;
  assert.equal(warningsOf(made), []);
});

test('an endpoint whose manager has closed needs no close of its own', () => {
  const made = `
    RemoteEndpoint.from(manager.remoteEndpoint().share());
    manager.close();`;
  assert.equal(warningsOf(made), []);
});

test.run();
