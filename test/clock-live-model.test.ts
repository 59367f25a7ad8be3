import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';
import { randomFrom } from './fixtures/random.js';
import { ModelledClock } from './fixtures/timer-model.js';

const SEEDS = [1, 22, 333, (Date.now() % 1_000_000) + 1];
/** Timers are set so far ahead, at the most, in nanoseconds. */
const SPREAD = 2_000_000;
const STEPS = 6_000;

/** From handlers too, now and then. */
function meddle(model: ModelledClock, random: (below: number) => number): void {
  model.inHandler = () => {
    if (random(3) === 0) model.step(SPREAD);
  };
}

for (const seed of SEEDS) {
  test(`S41: the test clock does what the model does, seed ${seed}`, () => {
    const random = randomFrom(seed);
    const clock = new TestClock();
    const model = new ModelledClock(clock, random);
    meddle(model, random);
    for (let step = 0; step < STEPS; step += 1) {
      model.step(SPREAD);
      if (random(4) > 0) continue;
      const now = clock.timestampNs() + BigInt(random(SPREAD / 4));
      clock.advanceTime(now);
      assert.is(model.overdue(now), 0);
    }
    assert.ok(model.fired > STEPS / 20, `${model.fired} fired`);
  });

  test(`S41: live clocks of one manager do what the model does, seed ${seed}`, () => {
    const random = randomFrom(seed);
    using manager = new EventManager();
    const make = () => {
      const model = new ModelledClock(new LiveClock(manager), random);
      meddle(model, random);
      return model;
    };
    const models = [make(), make()];
    let fired = 0;
    for (let step = 0; step < STEPS; step += 1) {
      const which = random(2);
      const model = models[which]!;
      model.step(SPREAD);
      if (random(200) === 0) {
        fired += model.fired;
        (model.clock as LiveClock).dispose();
        model.forgetAll();
        models[which] = make();
      }
      if (random(4) > 0) continue;
      const began = models.map(({ clock }) => clock.timestampNs());
      for (const each of models) each.orderEnd = each.nextOrder;
      manager.runWithTimeout(random(8) === 0 ? 1 : 0);
      models.forEach((each, i) => {
        assert.is(each.overdue(began[i]!), 0, `step ${step}`);
        each.orderEnd = Number.POSITIVE_INFINITY;
      });
    }
    fired += models[0]!.fired + models[1]!.fired;
    assert.ok(fired > STEPS / 20, `${fired} fired`);
  });

  test(`S41: an attached live clock does what the model does, seed ${seed}`, async () => {
    const random = randomFrom(seed);
    using manager = new EventManager();
    const clock = new LiveClock(manager);
    const model = new ModelledClock(clock, random);
    // Where the turns begin isn't known here.
    model.past = false;
    const attachment = manager.attach();
    let failure: unknown;
    process.once('uncaughtException', (error) => {
      failure = error;
    });
    for (let step = 0; step < STEPS / 10 && failure === undefined; step += 1) {
      model.step(SPREAD);
      if (random(10) === 0) await new Promise((done) => setImmediate(done));
      if (random(100) === 0) await new Promise((done) => setTimeout(done, 2));
    }
    model.cancelTimers();
    // What is still to come fires in time, with nothing else to wake the manager.
    const end = performance.now() + 2_000;
    while (model.size > 0 && failure === undefined && performance.now() < end) {
      await new Promise((done) => setTimeout(done, 1));
    }
    process.removeAllListeners('uncaughtException');
    attachment.detach();
    if (failure !== undefined) throw failure;
    assert.is(model.size, 0);
  });
}

test.run();
