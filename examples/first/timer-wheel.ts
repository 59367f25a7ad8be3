/** A hundred thousand timeouts, most of which are cancelled, as of requests: one timerfd. */
import { EventManager } from 'wasm-event-manager';
import { LiveClock } from 'wasm-event-manager/clock';

const REQUESTS = 100_000;
const manager = new EventManager();
const clock = new LiveClock(manager);
let late = 0;

const now = clock.timestampNs();
const timeouts = Array.from({ length: REQUESTS }, (_, i) =>
  clock.alertAt(now + 1_000_000n * BigInt(i % 50), () => {
    late += 1;
    if (late === REQUESTS / 10) manager.stop();
  }),
);
timeouts.forEach((timeout, i) => {
  if (i % 10 !== 0) clock.cancelAlert(timeout);
});
manager.runForever();
console.log(late, 'were late');
manager.close();
