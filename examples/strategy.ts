/**
 * One strategy, two clocks: a back-test, in which time is what the test clock says, and a live run,
 * in which it passes. The strategy knows a clock and a bus, and not which; so both print the same.
 *
 *   node strategy.js [backtest | live]
 */
import { EventManager } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { type Clock, LiveClock, TestClock } from 'wasm-event-manager/clock';

const MILLISECOND = 1_000_000n;
const TICK = 2n * MILLISECOND;
/** Until a live run begins: a timer whose start has passed would leave out what came before. */
const SET_UP = 200n * MILLISECOND;
const PRICES = [100, 101, 103, 106, 104, 101, 97, 95, 96, 99, 103, 107, 108, 106, 102, 98];

/** Buys when the price is above its average, and sells when it is below; both on a schedule. */
class Crossing {
  readonly #clock: Clock;
  readonly #bus: MessageBus;
  readonly #recent: number[] = [];
  #position = 0;

  constructor(clock: Clock, bus: MessageBus) {
    this.#clock = clock;
    this.#bus = bus;
    bus.subscribe<number>('prices.*', (price) => this.#note(price));
  }

  /** Between two prices, so that it never matters which of both comes first. */
  start(startNs: bigint, stopNs: bigint): void {
    const options = { startNs: startNs + TICK / 2n, stopNs };
    const handler = ({ tsEvent }: { tsEvent: bigint }) => this.#decide(tsEvent);
    this.#clock.setTimer('decide', 2n * TICK, { ...options, handler });
  }

  #note(price: number): void {
    this.#recent.push(price);
    if (this.#recent.length > 4) this.#recent.shift();
  }

  #decide(tsEvent: bigint): void {
    const average = this.#recent.reduce((a, b) => a + b, 0) / this.#recent.length;
    const price = this.#recent.at(-1) ?? 0;
    const wanted = Math.sign(price - average);
    if (wanted === this.#position) return;
    this.#position = wanted;
    this.#bus.publish('orders', { tsEvent, wanted, price });
  }
}

/** Sets everything up from `startNs` on, and answers when it is over. */
function trade(clock: Clock, bus: MessageBus, startNs: bigint): bigint {
  const stopNs = startNs + TICK * BigInt(PRICES.length);
  let next = 0;
  clock.setTimer('prices', TICK, {
    startNs,
    stopNs,
    handler: () => bus.publish('prices.oil', PRICES[next++]),
  });
  bus.subscribe<{ tsEvent: bigint; wanted: number; price: number }>('orders', (order) => {
    const side = ['sell', 'hold', 'buy'][order.wanted + 1];
    const atMs = Number(order.tsEvent - startNs) / 1e6;
    console.log(`${atMs} ms: ${side} at ${order.price}`);
  });
  new Crossing(clock, bus).start(startNs, stopNs);
  return stopNs;
}

function backTest(): void {
  const clock = new TestClock();
  clock.advanceTime(trade(clock, new MessageBus(), 1_700_000_000_000_000_000n));
}

function live(): void {
  using manager = new EventManager();
  using clock = new LiveClock(manager);
  // A bus that isn't the manager's delivers at once: in the order of the timers, though these be
  // late, and several of them due in one turn.
  const startNs = clock.timestampNs() + SET_UP;
  const stopNs = trade(clock, new MessageBus(), startNs);
  clock.setTimeAlert('over', stopNs + TICK, { handler: () => manager.stop() });
  manager.runForever();
}

if (process.argv[2] === 'live') live();
else backTest();
