// Everything that the package exports, imported.
const { default: manifest } = await import('wasm-event-manager/package.json', {
  with: { type: 'json' },
});
for (const [subpath, target] of Object.entries(manifest.exports)) {
  if (!target.types) continue;
  const module = await import(`wasm-event-manager${subpath.slice(1)}`);
  if (Object.keys(module).length === 0) throw new Error(`${subpath} is empty`);
}
console.log('works');
