import { readFileSync } from 'node:fs';

// The bundler writes the shim's bytes into what is shipped. Who imports `host/sys` as it is
// compiled imports this first, so that the shim is found there, too: beside it, in build/shim.
const file = new URL('../shim/bytes.json', import.meta.url);
Object.assign(globalThis, { SHIM_BYTES: JSON.parse(readFileSync(file, 'utf8')) });
