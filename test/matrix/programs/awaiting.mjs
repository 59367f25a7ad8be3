// readable and watch, with nothing else that keeps the process alive.
import { EventManager, EventSet, pipe } from 'wasm-event-manager';

const manager = new EventManager();
const { reader, writer } = pipe();
setTimeout(() => writer.write('a'), 5);
await manager.readable(reader, { timeout: 10_000 });
const buffer = Buffer.alloc(8);
let seen = 0;
for await (const { readable } of manager.watch(reader, EventSet.IN)) {
  if (!readable) break;
  reader.read(buffer);
  seen += 1;
  if (seen === 4) break;
  setTimeout(() => writer.write('b'), 5);
}
console.log('works');
