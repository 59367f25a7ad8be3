import * as assert from 'uvu/assert';
import { type EventOps, EventSet, Events } from 'wasm-event-manager';
import { everywhere, type Setting } from '../fixtures/configurations.js';
import { randomFrom } from '../fixtures/random.js';

const { IN, OUT, ONE_SHOT, EMPTY } = EventSet;
const INTERESTS = [EMPTY, IN, OUT, IN | OUT, IN | ONE_SHOT, IN | OUT | ONE_SHOT];
const FDS = 24;
const STEPS = 600;
const SEEDS = [1, 2, 3];

interface Watched {
  interest: number;
  data: number;
  paused: boolean;
  armed: boolean;
}

/** What a manager should do, in a few lines: eventfds, level-triggered or one-shot. */
class Model {
  readonly watched = new Map<number, Watched>();
  readonly counters = new Map<number, number>();

  /** The events that a turn should bring, with what that changes. */
  turn(): string[] {
    const events: string[] = [];
    for (const [fd, entry] of this.watched) {
      const ready = (this.counters.get(fd)! > 0 ? IN : 0) | OUT;
      const set = ready & entry.interest;
      if (set === 0 || entry.paused || !entry.armed) continue;
      if ((entry.interest & ONE_SHOT) !== 0) entry.armed = false;
      events.push(`${fd}:${entry.data}:${EventSet.format(set)}`);
    }
    return events.sort();
  }
}

/** One random step on both sides. */
function step(
  pick: (below: number) => number,
  model: Model,
  ops: EventOps,
  setting: Setting,
): void {
  const { kernel } = setting;
  const fds = [...model.counters.keys()];
  const fd = fds[pick(fds.length)]!;
  const entry = model.watched.get(fd);
  const [interest, data] = [INTERESTS[pick(INTERESTS.length)]!, pick(2 ** 32)];
  switch (pick(8)) {
    case 0:
      kernel.ring(fd);
      model.counters.set(fd, model.counters.get(fd)! + 1);
      return;
    case 1:
      kernel.readCounter(fd);
      model.counters.set(fd, 0);
      return;
    case 2: {
      // Closed behind the manager's back, and opened anew: the old registration is dead.
      kernel.close(fd);
      assert.is(kernel.eventfd(), fd);
      model.counters.set(fd, 0);
      if (entry) ops.remove(fd);
      model.watched.delete(fd);
      return;
    }
    case 3:
    case 4: {
      const events = new Events(fd, interest, data);
      if (entry) ops.modify(events);
      else ops.add(events);
      model.watched.set(fd, { interest, data, paused: entry?.paused ?? false, armed: true });
      return;
    }
    case 5:
      if (entry) ops.remove(fd);
      model.watched.delete(fd);
      return;
    case 6:
      if (!entry) return;
      if (entry.paused) ops.resume(fd);
      else ops.pause(fd);
      entry.paused = !entry.paused;
      return;
    default:
      if (!entry) return;
      ops.rearm(fd);
      entry.armed = true;
  }
}

everywhere('a model in a few lines', (test) => {
  for (const seed of SEEDS) {
    test(`random operations bring what the model says, seed ${seed}`, (setting) => {
      const pick = randomFrom(seed);
      const model = new Model();
      const manager = setting.make({ capacity: 2 * FDS });
      let seen: string[] = [];
      const id = manager.addSubscriber({
        process: ({ fd, data, eventSet }) =>
          void seen.push(`${fd}:${data}:${EventSet.format(eventSet)}`),
      });
      for (let i = 0; i < FDS; i += 1) model.counters.set(setting.kernel.eventfd(), 0);
      for (let i = 0; i < STEPS; i += 1) {
        step(pick, model, manager.eventOps(id), setting);
        if (pick(4) > 0) continue;
        seen = [];
        const calls = manager.runWithTimeout(0);
        assert.is(calls, seen.length);
        assert.equal(seen.sort(), model.turn(), `step ${i}`);
      }
      assert.is(manager.metrics().registrations, model.watched.size);
    });

    test(`what a handler removes is not heard of again, seed ${seed}`, (setting) => {
      const pick = randomFrom(seed);
      const manager = setting.make({ capacity: 2 * FDS });
      const fds = Array.from({ length: FDS }, () => setting.kernel.eventfd(1n));
      const live = new Set<number>();
      const id = manager.addSubscriber({
        process: ({ fd }, ops) => {
          assert.ok(live.has(fd), `${fd} was removed`);
          const other = fds[pick(FDS)]!;
          if (!live.delete(other)) return;
          ops.remove(other);
          if (pick(2) === 0) return;
          // Added again, it is not heard of before the next turn.
          ops.add(new Events(other, IN));
          later.push(other);
        },
      });
      const later: number[] = [];
      manager.eventOps(id).addAll(fds.map((fd) => new Events(fd, IN)));
      for (const fd of fds) live.add(fd);
      for (let turn = 0; turn < 50; turn += 1) {
        manager.runWithTimeout(0);
        for (const fd of later.splice(0)) live.add(fd);
        assert.is(manager.metrics().registrations, live.size);
        for (const fd of fds) {
          if (live.has(fd)) continue;
          manager.eventOps(id).add(new Events(fd, IN));
          live.add(fd);
        }
      }
    });
  }
});
