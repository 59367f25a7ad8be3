// attach: four events, one after the other, and the process ends by itself.
import { EventFd, EventManager, interest } from 'wasm-event-manager';

const manager = new EventManager();
const bell = new EventFd();
let rung = 0;
const registration = interest()
  .read()
  .withOwned(bell)
  .withHandler(async ({ source }) => {
    source.read();
    rung += 1;
    if (rung < 4) return;
    registration.remove();
    console.log('works');
  })
  .registerInto(manager);
manager.attach();
const timer = setInterval(() => (rung < 4 ? bell.write() : clearInterval(timer)), 5);
