/** Reads a serial device line by line, until it says so: `node serial-lines.js /dev/ttyUSB0`. */
import { AdoptedFd, EventManager, readLines } from 'wasm-event-manager';

const manager = new EventManager();
const device = AdoptedFd.open(process.argv[2] ?? '/dev/ttyUSB0');
device.write('status?\n');
for await (const line of readLines(manager, device)) {
  const [name, value] = line.split('=');
  if (name === 'bye') break;
  if (value !== undefined) console.log(name, Number(value));
}
device.close();
manager.close();
