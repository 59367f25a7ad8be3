/** Prices, an average of them, and who acts on it: on a test clock, a day takes milliseconds. */
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';

const SECOND_NS = 1_000_000_000n;
const bus = new MessageBus();
const clock = new TestClock();
let average = 100;
let orders = 0;

bus.subscribe('prices.*', (price: number) => {
  average += (price - average) / 50;
  if (price < average - 1.5) bus.publish('orders.buy', price);
});
bus.subscribe('orders.*', () => {
  orders += 1;
});
clock.setTimer('tick', SECOND_NS, {
  handler: ({ tsEvent }) => bus.publish('prices.oil', 100 + Math.sin(Number(tsEvent / SECOND_NS))),
});
clock.setTimeAlert('close', SECOND_NS * 28_800n, { handler: () => clock.cancelTimers() });
const events = clock.advanceTo(SECOND_NS * 86_400n);
console.log(events, 'events', orders > 0 ? 'some orders' : 'no order', average.toFixed(0));
bus.close();
