/** A plugin in Wasm that hears of a fd: it counts, and the program asks it. */
import { EventFd, EventManager, EventSet, Events } from 'wasm-event-manager';
import { subscriberOf, wasm } from 'wasm-event-manager/handlers';

// (module (global $n (mut i32) (i32.const 0))
//   (func (export "on_event") (param i32 i32 i32)
//     global.get $n local.get 2 i32.add global.set $n)
//   (func (export "sum") (result i32) global.get $n))
const bytes =
  'AGFzbQEAAAABCwJgA39/fwBgAAF/AwMCAAEGBgF/AUEACwcSAghvbl9ldmVudAAA' +
  'A3N1bQABChACCQAjACACaiQACwQAIwAL';
const plugin = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(bytes, 'base64')));
const { sum } = plugin.exports as { sum(): number };

const manager = new EventManager();
const bell = new EventFd(1);
manager.addSubscriber(subscriberOf(wasm(plugin, 'on_event'), [new Events(bell, EventSet.IN, 7)]));
for (let turn = 0; turn < 3; turn += 1) manager.run();
console.log('the plugin says', sum());
bell.close();
manager.close();
