import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { addressOf, hotCalls } from '../host/sys/backend.js';
import { createEpoll, waitEpoll } from '../host/sys/epoll.js';
import { close } from '../host/sys/files.js';
import { MODULE } from './fixtures/attached-programs.js';

/** ENOSYS: an old kernel, or none of that name in libc. EPERM: a seccomp profile. */
const REFUSALS = { ENOSYS: 38, EPERM: 1 };

const PROGRAM = `
  import { EventManager } from ${MODULE};
  const manager = new EventManager();
  const began = performance.now();
  const calls = [0.5, 20.5].map((timeout) => manager.runWithTimeout(timeout));
  console.log(calls.join(), performance.now() - began >= 21);`;

// First: afterwards the process knows that there is none.
test('S22: an epoll_pwait2 that fails otherwise is an error, and asked again', () => {
  const events = new Uint32Array(16);
  const epfd = createEpoll();
  const real = hotCalls().waitNs;
  const asked: number[] = [];
  hotCalls().waitNs = (...args) => {
    asked.push(args.length);
    return -9;
  };
  assert.is(waitEpoll(epfd, addressOf(events), 1, 0.5), -9);
  assert.is(waitEpoll(epfd, addressOf(events), 1, 0.5), -9);
  assert.is(asked.length, 2);
  hotCalls().waitNs = real;
  close(epfd);
});

test('S22: where epoll_pwait2 is refused, fractions are rounded up, and it is asked once', () => {
  const events = new Uint32Array(16);
  const epfd = createEpoll();
  const real = hotCalls().waitNs;
  let asked = 0;
  hotCalls().waitNs = () => {
    asked += 1;
    return -REFUSALS.EPERM;
  };
  const began = performance.now();
  assert.is(waitEpoll(epfd, addressOf(events), 1, 4.25), 0);
  assert.is(waitEpoll(epfd, addressOf(events), 1, 4.25), 0);
  assert.ok(performance.now() - began >= 10 - 0.5, 'twice five milliseconds');
  assert.is(asked, 1);
  hotCalls().waitNs = real;
  close(epfd);
});

// Not asked by `spawnSync`: behind that, Node 26 interrupts the waits above.
const paths = (process.env.PATH ?? '').split(':');
const strace = paths.some((path) => existsSync(join(path, 'strace')));
for (const [name] of Object.entries(REFUSALS)) {
  const title = `S22: on a kernel that answers ${name} to epoll_pwait2, a run takes its time`;
  if (!strace) {
    console.log(`SKIPPED ${title}: there is no strace`);
    test.skip(title, () => {});
    continue;
  }
  test(title, () => {
    const inject = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=epoll_pwait2'];
    const program = [process.execPath, '--input-type=module', '--eval', PROGRAM];
    const args = [...inject, '-e', `inject=epoll_pwait2:error=${name}`, ...program];
    assert.is(execFileSync('strace', args, { encoding: 'utf8', timeout: 60_000 }), '0,0 true\n');
  });
}

test('a function that this machine lacks fails as a call that its kernel lacks', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `
      import Module, { createRequire } from 'node:module';
      const koffi = createRequire(${MODULE})('koffi');
      const { load } = koffi;
      const without = new Set(['epoll_pwait2', 'uv_poll_start', 'uv_walk']);
      const original = Module._load;
      Module._load = (request, ...rest) => request !== 'koffi' ? original(request, ...rest) : {
        ...koffi,
        load: (name) => {
          const library = load(name);
          const func = (name, ...types) => {
            if (without.has(name)) throw new Error('Cannot find function');
            return library.func(name, ...types);
          };
          return { func, symbol: (name) => library.symbol(name) };
        },
      };
      const { EventFd, EventManager, interest } = await import(${MODULE});
      const manager = new EventManager();
      console.log(manager.runWithTimeout(0.5));
      // Attached, by koffi's own handle.
      const bells = [1, 2, 3, 4].map(() => new EventFd());
      const managers = bells.map((bell, i) => {
        const each = new EventManager();
        interest().read().withFd(bell).withHandler(() => {
          console.log(i, bell.read());
          each.close();
        }).registerInto(each);
        each.attach();
        return each;
      });
      for (const bell of bells) {
        bell.write();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }`,
    ],
    { encoding: 'utf8', timeout: 15_000 },
  );
  assert.is(`${stdout}${status}`, '0\n0 1n\n1 1n\n2 1n\n3 1n\n0', stderr);
});

test.run();
