// Compiled with the library `dom` against the packed package, by test/package.test.ts.
import { EventManager } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { wasm } from 'wasm-event-manager/handlers';
import { TcpStream, toWeb } from 'wasm-event-manager/net';
import { transfer } from 'wasm-event-manager/remote';

declare const module: WebAssembly.Module;
declare const memory: WebAssembly.Memory;
const manager = new EventManager({ module });
const bus = new MessageBus(manager, { module });
const instance = new WebAssembly.Instance(module);
wasm(instance, 'on_event', { style: 'struct', address: 8, memory });
wasm(instance.exports, 'on_event');
// @ts-expect-error: a module is no instance
wasm(5, 'on_event');

const { readable } = toWeb(TcpStream.connect(manager, { port: 7 }, {}));
const response = new Response(readable);
const { signal } = new AbortController();
const ready = manager.readable(0, { signal });
const bytes = transfer(new Uint8Array(8), [new ArrayBuffer(8)]);

export { bus, bytes, ready, response };
