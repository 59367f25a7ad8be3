export { Message } from './events.js';
export { deliver, type Handler, isHandler } from './handler.js';
export { JsHandler } from './js-handler.js';
export { RemoteHandler } from './remote-handler.js';
export { WasmHandler } from './wasm-handler.js';
