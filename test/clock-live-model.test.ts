import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';
import { withCode } from './fixtures/configurations.js';
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

/** Two live clocks of one manager; either is disposed at any point, and the manager closed. */
class LiveProgram {
  fired = 0;
  disposals = 0;
  closes = 0;
  readonly #random: (below: number) => number;
  #manager = new EventManager();
  #models: ModelledClock[];
  #turning = false;
  #closing = false;

  constructor(random: (below: number) => number) {
    this.#random = random;
    this.#models = [this.#make(), this.#make()];
  }

  step(): void {
    const random = this.#random;
    const which = random(2);
    this.#models[which]!.step(SPREAD);
    if (random(200) === 0) this.#dispose(which);
    if (random(400) === 0) this.close();
    if (random(4) === 0) this.#turn(random(8) === 0 ? 1 : 0);
  }

  /** Closes the manager, with all that is set, and goes on with another. */
  close(): void {
    this.closes += 1;
    this.#manager.close();
    // In a handler it takes effect behind the turn.
    if (this.#turning) this.#closing = true;
    else this.#afterClose();
  }

  end(): void {
    this.#manager.close();
    for (const model of this.#models) this.#forget(model);
  }

  #turn(timeoutMs: number): void {
    const began = this.#models.map(({ clock }) => clock.timestampNs());
    for (const each of this.#models) each.orderEnd = each.nextOrder;
    this.#turning = true;
    this.#manager.runWithTimeout(timeoutMs);
    this.#turning = false;
    if (this.#closing) {
      this.#afterClose();
      return;
    }
    this.#models.forEach((each, i) => {
      assert.is(each.overdue(began[i]!), 0);
      each.orderEnd = Number.POSITIVE_INFINITY;
    });
  }

  #make(): ModelledClock {
    const random = this.#random;
    const model = new ModelledClock(new LiveClock(this.#manager), random);
    // What is set in a turn doesn't fire in it.
    if (this.#turning) model.orderEnd = 0;
    model.inHandler = () => {
      const which = this.#models.indexOf(model);
      if (which < 0) return;
      if (random(3) === 0) model.step(SPREAD);
      const what = random(100);
      if (what === 0) this.#dispose(random(2));
      if (what === 1) this.close();
    };
    return model;
  }

  #dispose(which: number): void {
    if (this.#closing) return;
    this.disposals += 1;
    const model = this.#models[which]!;
    (model.clock as LiveClock).dispose();
    this.#forget(model);
    this.#models[which] = this.#make();
  }

  #afterClose(): void {
    this.#closing = false;
    for (const model of this.#models) this.#forget(model);
    this.#manager = new EventManager();
    this.#models = [this.#make(), this.#make()];
  }

  #forget(model: ModelledClock): void {
    this.fired += model.fired;
    model.forgetAll();
    const { clock } = model;
    const late = () => clock.setTimer('late', 1n, { handler: () => {} });
    assert.throws(late, withCode('ERR_CLOSED'));
  }
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
    const program = new LiveProgram(randomFrom(seed));
    for (let step = 0; step < STEPS; step += 1) program.step();
    program.end();
    assert.ok(program.fired > STEPS / 20, `${program.fired} fired`);
    assert.ok(program.disposals > 0 && program.closes > 0);
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
