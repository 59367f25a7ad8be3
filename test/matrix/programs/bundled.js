// What bundlers are given.
import { EventFd, EventManager, interest } from 'wasm-event-manager';
import { TestClock } from 'wasm-event-manager/clock';

const manager = new EventManager();
const bell = new EventFd(3);
let rung = 0;
const registration = interest()
  .read()
  .withOwned(bell)
  .withHandler(({ source }) => {
    source.read();
    rung += 1;
    if (rung < 4) return;
    registration.remove();
    console.log('works');
  })
  .registerInto(manager);
manager.run();
new TestClock().advanceTime(20n);
manager.attach();
const timer = setInterval(() => (rung < 4 ? bell.write() : clearInterval(timer)), 5);
