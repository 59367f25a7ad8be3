import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MODULE } from './fixtures/attached-programs.js';
import { runProgram } from './fixtures/program.js';

const resolved = (name: string) => JSON.stringify(import.meta.resolve(name));
const [BUS, CLOCK] = ['wasm-event-manager/bus', 'wasm-event-manager/clock'].map(resolved);

/** Has a package be not there, whatever is installed. */
const without = (name: string): string => `
  import { Module } from 'node:module';
  const resolveFilename = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    if (request !== '${name}') return resolveFilename.call(this, request, ...rest);
    throw Object.assign(new Error("Cannot find module '${name}'"), { code: 'MODULE_NOT_FOUND' });
  };`;

test('a cron pattern without croner says what to install, and the clock works on', () => {
  const { stdout, stderr } = runProgram(`${without('croner')}
    const { TestClock } = await import(${CLOCK});
    const clock = new TestClock();
    for (let i = 0; i < 2; i += 1) {
      try { await clock.setSchedule('a', '* * * * *', { handler() {} }); }
      catch ({ code, message, cause }) {
        console.log(code, /npm install croner/.test(message), cause instanceof Error);
      }
    }
    clock.setTimer('b', 10n, { handler() {} });
    console.log(clock.advanceTime(20n).length);`);
  assert.is(stdout, `${'ERR_MISSING_PEER true true\n'.repeat(2)}2\n`, stderr);
});

test('a bridge without the client of NATS says what to install, and leaves no bridge', () => {
  const { stdout, stderr } = runProgram(`${without('@nats-io/transport-node')}
    const { EventManager } = await import(${MODULE});
    const { bridgeNats, MessageBus } = await import(${BUS});
    const manager = new EventManager();
    const bus = new MessageBus(manager);
    try { await bridgeNats(bus, { servers: '127.0.0.1:1' }, { outgoing: ['a'] }); }
    catch ({ code, message, cause }) {
      console.log(code, /npm install @nats-io/.test(message), cause instanceof Error);
    }
    bus.subscribe('a', () => console.log('heard'));
    bus.publish('a', 1);
    manager.run();
    manager.close();`);
  assert.is(stdout, 'ERR_MISSING_PEER true true\nheard\n', stderr);
});

test.run();
