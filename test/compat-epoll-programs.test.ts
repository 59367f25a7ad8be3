import { spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

/**
 * What the original's own tests are about, each as a program with a newline to read on its input,
 * and what its users do: `require`, workers, GPIO by onoff.
 */

const PRELUDE = `
  const { Epoll } = require('wasm-event-manager/compat/epoll');
  const fs = require('node:fs');
  const read = (fd) => fs.readSync(fd, Buffer.alloc(16), 0, 16, null);
  const { EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP, EPOLLONESHOT, EPOLLET } = Epoll;`;

/** For a program that doesn't end by itself, as all of them should; it keeps none alive. */
const GUARD = `
  setTimeout(() => { console.log('still alive'); process.exit(7); }, 5_000).unref();`;

/** Runs a CommonJS program: what it printed, and how it ended. */
function outcome(program: string, flags: string[] = []): string {
  const args = [...flags, '--eval', PRELUDE + program + GUARD];
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, args, {
    input: '\n',
    encoding: 'utf8',
    timeout: 15_000,
    env: process.env,
  });
  assert.not.match(stderr, /Assertion|FATAL|koffi/, stderr);
  return `${stdout}${signal ?? status}${status ? stderr : ''}`;
}

// Where it isn't there, a package of ES modules takes an `import`.
const requires = process.features.require_module ?? false;
const each = requires ? test : test.skip;
if (!requires) console.log('SKIPPED compat-epoll-programs: require() of modules needs Node 20.19');

each('F29, F30: the process ends by itself when nothing is watched', () => {
  const cases: [string, string][] = [
    ['nothing is done', `new Epoll(() => {}); new Epoll(() => {});`],
    ['almost nothing', `new Epoll(() => {}).add(0, EPOLLIN).remove(0).close();`],
    [
      'closed, by who asks first',
      `
      const epoll = new Epoll(() => {});
      const close = () => { if (!epoll.closed) epoll.remove(0).close(); };
      epoll.add(0, EPOLLIN);
      close();
      close();`,
    ],
    ['closed with a fd', `const e = new Epoll(() => {}); e.add(0, EPOLLIN); e.close(); e.close();`],
    [
      'its fd was closed before it was removed',
      `
      const epoll = new Epoll(() => {});
      epoll.add(0, EPOLLPRI);
      setTimeout(() => { fs.closeSync(0); epoll.remove(0); }, 20);`,
    ],
    [
      'every set of events',
      `
      const epoll = new Epoll(() => {});
      const sets = Object.keys(Epoll).map((name) => Epoll[name]);
      if (sets.length !== 8) throw new Error(String(sets));
      for (const set of sets) epoll.add(0, set).remove(0);
      epoll.add(0, EPOLLONESHOT);
      for (const set of sets) epoll.modify(0, set);
      epoll.remove(0).close();`,
    ],
  ];
  for (const [what, program] of cases) assert.is(outcome(program), '0', what);
});

each('one shot, and two: with time in between', () => {
  const shots = (count: number) => `
    let events = 0;
    const epoll = new Epoll((error, fd) => {
      events += 1;
      console.log('event', events);
      setTimeout(() => {
        if (events < ${count}) { epoll.modify(fd, EPOLLIN | EPOLLONESHOT); return; }
        read(fd);
        epoll.remove(fd).close();
      }, 30);
    });
    epoll.add(0, EPOLLIN | EPOLLONESHOT);`;
  assert.is(outcome(shots(1)), 'event 1\n0');
  assert.is(outcome(shots(2)), 'event 1\nevent 2\n0');
});

each('what watches is not collected, and what was closed is', () => {
  const program = `
    let collected = 0;
    const registry = new FinalizationRegistry(() => { collected += 1; });
    let calls = 0;
    (() => {
      new Epoll(() => {
        calls += 1;
        gc();
        if (calls === 20) read(0);
      }).add(0, EPOLLIN | EPOLLET);
    })();
    for (let i = 0; i < 100; i += 1) {
      const epoll = new Epoll(() => {});
      registry.register(epoll, i);
      if (i % 2) epoll.add(1, EPOLLOUT).remove(1);
    }
    const end = Date.now() + 5_000;
    setInterval(() => {
      gc();
      if (collected <= 90 && Date.now() < end) return;
      console.log(calls > 0, collected > 90);
      process.exit(3);
    }, 20);`;
  assert.is(outcome(program, ['--expose-gc']), 'true true\n3');
});

each('S28: what a callback throws is an uncaught exception, and the next is called', () => {
  const program = `
    let calls = 0;
    process.on('uncaughtException', (error) => console.log(error.message));
    const epoll = new Epoll(() => {
      calls += 1;
      if (calls === 3) epoll.close();
      throw new Error('thrown ' + calls);
    });
    epoll.add(0, EPOLLIN);`;
  assert.is(outcome(program), 'thrown 1\nthrown 2\nthrown 3\n0');
  const once = `new Epoll(() => { throw new RangeError('boom'); }).add(0, EPOLLIN);`;
  assert.match(outcome(once), /^1.*RangeError: boom/s);
});

each('F19: it works in workers, and outlives them', () => {
  const program = `
    const { Worker, isMainThread } = require('node:worker_threads');
    const { EventFd } = require('wasm-event-manager');
    const inside = \`
      const { Epoll } = require('wasm-event-manager/compat/epoll');
      const { EventFd } = require('wasm-event-manager');
      const { parentPort } = require('node:worker_threads');
      const bell = new EventFd(1);
      const epoll = new Epoll((error, fd) => {
        bell.read();
        parentPort.postMessage(fd === bell.fd);
        epoll.remove(fd).close();
        bell.close();
      });
      epoll.add(bell.fd, Epoll.EPOLLIN);\`;
    const count = () => fs.readdirSync('/proc/self/fd').length;
    let before;
    const round = (left) => {
      if (left === 0) { console.log(count() - before < 5); return; }
      const workers = [1, 2, 3].map(() => new Worker(inside, { eval: true }));
      let ended = 0;
      for (const worker of workers) {
        worker.on('message', (own) => console.log(own));
        worker.on('exit', () => {
          ended += 1;
          before ??= count();
          if (ended === 3) round(left - 1);
        });
      }
    };
    round(2);`;
  assert.is(outcome(program), `${'true\n'.repeat(7)}0`);
});

each('EPOLLPRI, as onoff uses it for GPIO: real urgent data, by TCP', () => {
  // What onoff does: one Epoll for each input, EPOLLPRI, read in the callback to be told again.
  const program = `
    const net = require('node:net');
    const koffi = require('koffi');
    const libc = koffi.load('libc.so.6');
    const send = libc.func('long send(int, const uint8_t *, size_t, int)');
    const recv = libc.func('long recv(int, _Out_ uint8_t *, size_t, int)');
    const dup = libc.func('int dup(int)');
    const MSG_OOB = 1;
    let peer;
    const server = net.createServer((socket) => { peer = socket; client.emit('accepted'); });
    const client = new net.Socket();
    client.once('accepted', () => {
      const valueFd = dup(client._handle.fd);
      const byte = Buffer.alloc(1);
      const press = (value) => send(peer._handle.fd, Buffer.from(value), 1, MSG_OOB);
      const values = ['1', '0', '1'];
      const poller = new Epoll((error, fd, events) => {
        recv(fd, byte, 1, MSG_OOB);
        console.log(error, fd === valueFd, events & EPOLLPRI, String(byte));
        if (values.length > 0) { press(values.shift()); return; }
        poller.remove(fd);
        fs.closeSync(fd);
        for (const each of [client, peer, server]) each.destroy?.() ?? each.close();
      });
      poller.add(valueFd, EPOLLPRI);
      poller.remove(valueFd);
      poller.add(valueFd, EPOLLPRI);
      press('0');
    });
    server.listen(0, '127.0.0.1', () => client.connect(server.address().port, '127.0.0.1'));`;
  const line = (value: number) => `null true 2 ${value}\n`;
  assert.is(outcome(program), `${line(0)}${line(1)}${line(0)}${line(1)}0`);
});

test.run();
