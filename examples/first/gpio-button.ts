/** A button of a GPIO, exported by sysfs with edge 'both': `node gpio-button.js …/gpio17/value`. */
import { AdoptedFd, EventManager, interest } from 'wasm-event-manager';

const path = process.argv[2] ?? '/sys/class/gpio/gpio17/value';
const manager = new EventManager();
const button = AdoptedFd.open(path, 'r');
const value = Buffer.alloc(8);
let presses = 0;

interest()
  .priority()
  .read()
  .withOwned(button)
  .withHandler(({ registration }) => {
    const length = button.read(value) ?? 0;
    if (value.toString('utf8', 0, length).startsWith('1')) presses += 1;
    console.log('pressed', presses);
    if (presses === 3) registration.remove();
  })
  .withName('button')
  .registerInto(manager);
while (manager.metrics().registrations > 0) manager.run();
manager.close();
