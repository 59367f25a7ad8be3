// Everything that the package exports, required.
const manifest = require('wasm-event-manager/package.json');
for (const [subpath, target] of Object.entries(manifest.exports)) {
  if (!target.types) continue;
  const module = require(`wasm-event-manager${subpath.slice(1)}`);
  if (Object.keys(module).length === 0) throw new Error(`${subpath} is empty`);
}
const { EventManager } = require('wasm-event-manager');
const manager = new EventManager();
manager.runWithTimeout(0);
manager.close();
console.log('works');
