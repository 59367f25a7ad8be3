import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MODULE, outcome } from './fixtures/attached-programs.js';
import { runProgram } from './fixtures/program.js';

test('S44: attach at each depth of a stack that is used up works when it is tried again', () => {
  const program = `
    let failed = 0;
    for (let round = 0; round < 4; round += 1) {
      const managers = Array.from({ length: 200 }, () => new EventManager());
      let next = 0;
      const dive = () => {
        try { dive(); } catch {}
        if (next === managers.length) return;
        try { managers[next++].attach(); } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          failed += 1;
        }
      };
      dive();
      await new Promise(setImmediate);
      let rings = 0;
      for (const each of managers) {
        try { each.attach(); } catch (error) {
          if (error.code !== 'ERR_ALREADY_ATTACHED') throw error;
        }
        const bell = new EventFd(1);
        interest().read().withOwned(bell).withHandler(({ source, registration }) => {
          rings += Number(source.read());
        }).registerInto(each);
      }
      for (let i = 0; i < 200 && rings < 200; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      console.log(rings);
      for (const each of managers) each.close();
    }
    console.log(failed > 40);
    manager.close();`;
  assert.is(outcome(program), '200\n200\n200\n200\ntrue\n0');
});

test('S44: attach for want of fds gives back those it took, and works when there are some', () => {
  const { stdout, stderr, status } = runProgram(`
    import { closeSync, openSync, readdirSync } from 'node:fs';
    import { EventFd, EventManager, interest } from ${MODULE};
    const manager = new EventManager();
    const bell = new EventFd(1);
    interest().read().withFd(bell).withHandler(({ source }) => {
      console.log('rung', source.read());
      manager.close();
    }).registerInto(manager);
    const taken = [];
    try { for (;;) taken.push(openSync('/dev/null')); } catch {}
    let failures = 0;
    for (;;) {
      try {
        manager.attach();
        break;
      } catch (error) {
        if (error.errno !== -24) throw error;
        failures += 1;
        // So many fds are free as before: exactly those that were closed here.
        const free = [];
        try { for (;;) free.push(openSync('/dev/null')); } catch {}
        if (free.length !== failures - 1) console.log('free', free.length, 'after', failures);
        for (const fd of free) closeSync(fd);
        closeSync(taken.pop());
      }
    }
    console.log(failures > 1);
    for (const fd of taken) closeSync(fd);`);
  assert.is(`${stdout}${status}`, 'true\nrung 1n\n0', stderr);
});

test('S44: where koffi has no callback left, attach works all the same', () => {
  const { stdout, stderr, status } = runProgram(`
    import { createRequire } from 'node:module';
    import { EventFd, EventManager, interest } from ${MODULE};
    const koffi = createRequire(${MODULE})('koffi');
    const type = koffi.pointer(koffi.proto('void', ['int']));
    const callback = () => {};
    let limit;
    try { for (;;) koffi.register(callback, type); } catch (error) { limit = error.message; }
    console.log(limit);
    const manager = new EventManager();
    const bell = new EventFd(1);
    interest().read().withFd(bell).withHandler(({ source }) => {
      console.log('rung', source.read());
      manager.close();
    }).registerInto(manager);
    manager.attach();`);
  const limit = 'Too many callbacks are in use (max = 8192)';
  assert.is(`${stdout}${status}`, `${limit}\nrung 1n\n0`, stderr);
});

test('any number of managers can be attached: they share what libuv has', () => {
  const program = `
    const managers = Array.from({ length: 300 }, () => new EventManager());
    let rings = 0;
    const bells = managers.map((each) => {
      const bell = new EventFd();
      interest().read().withOwned(bell).withHandler(({ source }) => {
        rings += Number(source.read());
      }).registerInto(each);
      each.attach();
      return bell;
    });
    const waitFor = async (count) => {
      for (let i = 0; i < 400 && rings < count; i += 1) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    for (const bell of bells) bell.write();
    await waitFor(300);
    // Those in the front leave, and others take their places.
    for (const each of managers.splice(0, 150)) each.close();
    for (const bell of bells.slice(150)) bell.write();
    await waitFor(450);
    console.log(rings);
    for (const each of managers) each.close();
    manager.close();`;
  assert.is(outcome(program), '450\n0');
});

test('an epoll instance closed behind the back of an attached manager ends no process', () => {
  const program = `
    import { closeSync, readdirSync, readlinkSync } from 'node:fs';
    const instances = () => readdirSync('/proc/self/fd').filter((fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd).includes('eventpoll'); } catch {}
    });
    const before = new Set(instances());
    const broken = [1, 2, 3, 4].map(() => new EventManager());
    const own = instances().filter((fd) => !before.has(fd));
    for (const each of broken) each.attach().unref();
    for (const fd of own) closeSync(Number(fd));
    const other = new EventManager();
    interest().read().withFd(bell).withHandler(({ source }) => {
      console.log('rung', source.read());
      other.close();
    }).registerInto(other);
    other.attach();
    bell.write();
    manager.close();`;
  assert.is(outcome(program), 'rung 1n\n0');
});

test.run();
