/**
 * `make matrix`: the packed package in every runtime, bundler, test runner and compiler, as a user
 * has it. It needs the registries, and minutes. It writes its tables into docs/runtimes.md, and
 * fails where something does that must not.
 */
import { putTable, runtimeTable, toolTable, typesTable } from './page.js';
import { runtimeRows } from './runtimes.js';
import { toolRows } from './tools.js';
import { typesRows } from './types.js';

const PARTS: Record<string, () => string[][]> = {
  runtimes: () => runtimeTable(runtimeRows()),
  tools: () => toolTable(toolRows()),
  types: () => typesTable(typesRows()),
};

const asked = process.argv.slice(2);
for (const [name, make] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const table = make();
  putTable(name, table);
  for (const row of table) console.log(row.join(' | '));
  if (table.flat().some((cell) => cell.startsWith('fails'))) process.exitCode = 1;
}
