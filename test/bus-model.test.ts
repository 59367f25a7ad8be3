import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { type Action, BusModel } from './fixtures/bus-model.js';
import { randomFrom } from './fixtures/random.js';

/** Random programs over the bus, alone and on a manager, beside a model. */

const TOPICS = ['a', 'ab', 'abc', 'b', 'xabc', 'a.b', 'é', '😀b', 'abcdefgh', 'abcdXfgh', 'bcd'];
const PATTERNS = [
  ...TOPICS,
  ...['*', 'a*', '*abc', 'ab*', '*b', '?', '?b', 'a?c', '*a*', 'a*c', '*?', 'abcd?fgh', '*fgh'],
];
const ENDPOINTS = ['e', 'f'];
const STEPS = 300;

type Random = (below: number) => number;
const oneOf = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;

let latest = 0;

function randomAction(random: Random, depth: number): Action {
  const next = () =>
    depth < 3 ? Array.from({ length: random(3) }, () => randomAction(random, depth + 1)) : [];
  const pattern = oneOf(random, PATTERNS);
  const endpoint = oneOf(random, ENDPOINTS);
  latest += 1;
  switch (random(9)) {
    case 0:
    case 1:
      return { do: 'subscribe', pattern, who: random(3), priority: random(3) - 1 };
    case 2:
    case 3:
      return { do: 'unsubscribe', pattern, who: random(3) };
    case 4:
      return { do: random(2) === 0 ? 'register' : 'deregister', endpoint };
    case 5:
      return { do: 'send', endpoint, id: latest, next: next() };
    default:
      return { do: 'publish', topic: oneOf(random, TOPICS), id: latest, next: next() };
  }
}

/** The same program on the real thing. */
class Runner {
  readonly log: string[] = [];
  readonly #bus: MessageBus;
  readonly #handlers = new Map<string, (message: Message, topic: string) => unknown>();
  readonly #onEndpoint = new Map<string, (message: Message) => unknown>();
  readonly #random: Random;

  constructor(bus: MessageBus, random: Random) {
    this.#bus = bus;
    this.#random = random;
  }

  perform(action: Action): boolean {
    const bus = this.#bus;
    try {
      switch (action.do) {
        case 'publish':
          bus.publish(action.topic, { ...action, done: false });
          return true;
        case 'send':
          bus.send(action.endpoint, { ...action, done: false });
          return true;
        case 'subscribe': {
          const { pattern, who, priority } = action;
          bus.subscribe(pattern, this.#handler(pattern, who), { priority });
          return true;
        }
        case 'unsubscribe':
          return bus.unsubscribe(action.pattern, this.#handler(action.pattern, action.who));
        case 'register':
          bus.register(action.endpoint, this.#endpoint(action.endpoint));
          return true;
        default:
          return bus.deregister(action.endpoint);
      }
    } catch (error) {
      assert.match((error as { code: string }).code, /EXISTS|UNKNOWN_ENDPOINT/);
      return false;
    }
  }

  #handler(pattern: string, who: number) {
    const key = `${pattern}/${who}`;
    const handler = (message: Message, topic: string) => {
      this.log.push(`${key} ${topic} ${message.id}`);
      return this.#go(message);
    };
    if (!this.#handlers.has(key)) this.#handlers.set(key, handler);
    return this.#handlers.get(key)!;
  }

  #endpoint(name: string) {
    const handler = (message: Message) => {
      this.log.push(`${name} ${message.id}`);
      return this.#go(message);
    };
    if (!this.#onEndpoint.has(name)) this.#onEndpoint.set(name, handler);
    return this.#onEndpoint.get(name)!;
  }

  /** What the first handler does for a message, and then how it ends. */
  #go(message: Message): unknown {
    const actions = message.done ? [] : message.next;
    message.done = true;
    for (const each of actions) this.perform(each);
    if (this.#random(10) === 0) throw new Error('of a handler');
    return this.#random(10) === 0 ? Promise.reject(new Error('of a promise')) : undefined;
  }
}

type Message = Extract<Action, { id: number }> & { done: boolean };

const KINDS = {
  alone: undefined,
  'in turns': {},
  'in turns of one call': { budget: { events: 1 } },
  'in turns of three calls': { budget: { events: 3 } },
};

for (const [kind, managed] of Object.entries(KINDS)) {
  test(`S39, S40, S24: random programs do what the model does, ${kind}`, () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const random = randomFrom(seed * 7 + 1);
      const options = { onError: () => {}, topicsMax: seed % 2 ? 4 : 1_000 };
      using manager = managed && new EventManager(managed);
      const bus = manager ? new MessageBus(manager, options) : new MessageBus(options);
      const runner = new Runner(bus, randomFrom(seed));
      const model = new BusModel();
      for (let step = 0; step < STEPS; step += 1) {
        const action = randomAction(random, 0);
        const why = `seed ${seed}, step ${step}, ${kind}: ${JSON.stringify(action)}`;
        assert.is(runner.perform(action), model.perform(action), why);
        // Alone it is delivered at once.
        if (manager && random(4) !== 0) continue;
        if (manager) while (bus.counters.queued > 0) manager.runWithTimeout(0);
        model.deliver();
        assert.equal(runner.log, model.log, why);
        runner.log.length = 0;
        model.log.length = 0;
      }
      bus.close();
      assert.is(bus.counters.queued, 0);
    }
  });
}

test.run();
