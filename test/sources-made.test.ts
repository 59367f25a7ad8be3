import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AdoptedFd,
  EventFd,
  EventManager,
  Inotify,
  interest,
  PidFd,
  pipe,
  SignalRelay,
  TimerFd,
} from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock } from 'wasm-event-manager/clock';
import { runProgram } from './fixtures/program.js';
import { randomFrom } from './fixtures/random.js';
import './fixtures/stack.js';
import { fdsOpen } from './fixtures/threads.js';

// Sources that fail while they are made, and those that come and go at random.

const MODULE = JSON.stringify(import.meta.resolve('wasm-event-manager'));

const MAKERS: Record<string, () => { close(): void }> = {
  eventfd: () => new EventFd(2n ** 64n - 2n),
  clone: () => {
    using bell = new EventFd();
    return bell.clone();
  },
  timerfd: () => new TimerFd(),
  inotify: () => new Inotify(),
  pidfd: () => new PidFd(process.pid),
  pipe: () => {
    const { reader, writer } = pipe({ blocking: 'writer' });
    return { close: () => [reader, writer].map((end) => end.close()) };
  },
  relay: () => new SignalRelay(['SIGUSR2', 'SIGHUP']),
  opened: () => AdoptedFd.open('/dev/null'),
  manager: () => new EventManager(),
};

/** Calls `make` so many frames deep. */
function deep<T>(frames: number, make: () => T): T {
  return frames > 0 ? deep(frames - 1, make) : make();
}

/** How many frames deep there is no room for anything. */
function deepest(): number {
  let reached = 0;
  const dig = (): void => {
    reached += 1;
    dig();
  };
  try {
    dig();
  } catch {
    return reached;
  }
  return 0;
}

for (const [name, make] of Object.entries(MAKERS)) {
  test(`S44, S45: ${name}: a stack overflow anywhere in its making leaves nothing open`, () => {
    make().close();
    const before = fdsOpen();
    const listeners = process.listenerCount('SIGUSR2');
    let [made, refused] = [0, 0];
    const most = deepest();
    // The frames of `deep` are the larger: from here to `most` lies the stack's end.
    for (let frames = Math.floor(most / 4); frames < most; frames += frames < most / 2 ? 997 : 5) {
      let thing: { close(): void } | undefined;
      try {
        thing = deep(frames, make);
        made += 1;
      } catch (error) {
        assert.instance(error, RangeError);
        refused += 1;
      }
      thing?.close();
      if (refused > 300) break;
    }
    assert.equal(fdsOpen(), before, `${made} made, ${refused} refused`);
    assert.is(process.listenerCount('SIGUSR2'), listeners);
    assert.ok(refused > 0);
  });
}

const PARTS: Record<string, (manager: EventManager) => unknown> = {
  clock: (manager) => new LiveClock(manager),
  endpoint: (manager) => manager.remoteEndpoint(),
  bus: (manager) => new MessageBus(manager),
  registration: (manager) =>
    interest().read().withFd(bell).withHandler(ignore).registerInto(manager),
};
const bell = new EventFd();
const ignore = () => {};

for (const [name, make] of Object.entries(PARTS)) {
  test(`S44, S45: ${name}: a stack overflow in its making leaves the manager as it was`, () => {
    const before = fdsOpen();
    const most = deepest();
    let refused = 0;
    for (
      let frames = Math.floor(most / 4);
      frames < most;
      frames += frames < most / 2 ? 1_997 : 17
    ) {
      const manager = new EventManager();
      try {
        deep(frames, () => make(manager));
      } catch (error) {
        assert.instance(error, RangeError);
        refused += 1;
        assert.is(manager.metrics().registrations, 0);
        make(manager);
      }
      manager.close();
      if (refused > 60) break;
    }
    assert.ok(refused > 0);
    assert.equal(fdsOpen(), before);
  });
}

test('S44: what finds no fd left leaves none open, and works once there is one', () => {
  const { stdout, stderr } = runProgram(`
    import { spawnSync } from 'node:child_process';
    import { readdirSync } from 'node:fs';
    import * as library from ${MODULE};
    const { EventFd, EventManager } = library;
    const MAKERS = {
      eventfd: () => new EventFd(2n ** 40n),
      timerfd: () => new library.TimerFd(),
      inotify: () => new library.Inotify(),
      pidfd: () => new library.PidFd(process.pid),
      pipe: () => library.pipe().reader,
      relay: () => new library.SignalRelay(['SIGUSR2']),
      opened: () => library.AdoptedFd.open('/dev/null'),
      manager: () => new EventManager(),
      exposed: () => {
        const manager = new EventManager();
        try {
          manager.expose({});
        } catch (error) {
          manager.close();
          throw error;
        }
        return manager;
      },
    };
    new EventManager().close();
    spawnSync('prlimit', ['--pid', String(process.pid), '--nofile=64']);
    const count = () => readdirSync('/proc/self/fd').length;
    for (const [name, make] of Object.entries(MAKERS)) {
      const filling = [];
      try {
        for (;;) filling.push(new EventFd());
      } catch {}
      const outcomes = [];
      for (let free = 0; free < 3; free += 1) {
        const before = filling.length + free;
        let made;
        try {
          made = make();
          outcomes.push('made');
        } catch (error) {
          outcomes.push(error.errno === -24);
        }
        if (!made) {
          // No fd that the attempt has left: as many as are free can be had.
          const more = [];
          try {
            for (;;) more.push(new EventFd());
          } catch {}
          outcomes.push(more.length === free);
          for (const each of more) each.close();
        } else break;
        filling.pop().close();
      }
      for (const each of filling) each.close();
      console.log(name, ...outcomes);
    }
  `);
  const lines = stdout.trim().split('\n');
  assert.is(lines.length, 9, stderr);
  for (const line of lines) assert.match(line, /^\w+( true true)+ made$/, stdout);
});

test('K10: sources closed while they are watched, whose numbers come again at once', () => {
  using manager = new EventManager();
  const first = Date.now();
  for (let seed = first; seed < first + 30; seed += 1) {
    const below = randomFrom(seed);
    const living = new Map<EventFd, { heard: number; owned: boolean }>();
    const clones: EventFd[] = [];
    for (let step = 0; step < 200; step += 1) {
      const bells = [...living.keys()];
      const bell = bells[below(bells.length || 1)];
      const verb = below(5);
      if (verb <= 1 || !bell) {
        const made = new EventFd();
        const state = { heard: 0, owned: below(2) === 0 };
        living.set(made, state);
        const description = interest().read();
        (state.owned ? description.withOwned(made) : description.withFd(made))
          .withHandler(({ source }) => {
            state.heard += 1;
            assert.is(source.read(), 1n, `seed ${seed}`);
          })
          .registerInto(manager);
      } else if (verb === 2) {
        if (below(3) === 0) clones.push(bell.clone());
        living.delete(bell);
        bell.close();
      } else {
        bell.write();
        const { heard } = living.get(bell)!;
        assert.is(manager.runWithTimeout(0), 1, `seed ${seed}`);
        assert.is(living.get(bell)!.heard, heard + 1, `seed ${seed}`);
      }
      assert.is(manager.metrics().registrations, living.size, `seed ${seed}`);
    }
    for (const bell of [...living.keys(), ...clones]) bell.close();
    assert.is(manager.metrics().registrations, 0);
    assert.is(manager.metrics().stale, 0);
  }
});

test.run();
