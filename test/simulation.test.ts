import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { explore } from './simulation/campaign.js';
import { generator, type KernelName, run } from './simulation/explore.js';
import type { Program } from './simulation/program.js';
import { shrink } from './simulation/shrink.js';

// docs/simulation.md says what this is, and what to do about a disagreement.

const REGRESSIONS = new URL('../../test/regressions/', import.meta.url);
const BUDGETS: Record<KernelName, number> = { simulated: 500_000, real: 50_000 };
const seed = Number(process.env.SEED || Date.now() % 2 ** 31);

for (const kernel of ['simulated', 'real'] as const) {
  test(`random programs agree with the model, on the ${kernel} kernel`, async () => {
    const { done, seconds, found } = await explore({ seed, operations: BUDGETS[kernel], kernel });
    console.log(`seed ${seed}, ${kernel}: ${done} operations in ${seconds.toFixed(1)} s of CPU`);
    assert.is(found && `${found.reason}\n${found.text}`, undefined);
    assert.ok(done >= BUDGETS[kernel]);
  });
}

const files = readdirSync(REGRESSIONS).filter((file) => file.endsWith('.json'));
for (const file of files) {
  test(`a program that once disagreed: ${file}`, async () => {
    const text = readFileSync(new URL(file, REGRESSIONS), 'utf8');
    const { kernel, ...program } = JSON.parse(text) as Program & { kernel: KernelName };
    assert.is(await run(program, kernel), undefined);
  });
}

test('a seed makes the same program each time', () => {
  assert.equal(generator.program(seed, 100), generator.program(seed, 100));
  assert.not.equal(generator.program(seed, 100), generator.program(seed + 1, 100));
});

test('what fails is shrunk to the operations that it takes, of handlers too', async () => {
  const program = generator.program(5, 400);
  const kinds = (inside: unknown) => (inside as [string][]).map(([kind]) => kind);
  const fails = async (each: Program) =>
    each.operations.some(([kind]) => kind === 'shutdown') &&
    each.operations.some(([kind, , inside]) => kind === 'react' && kinds(inside).includes('add'));
  assert.ok(await fails(program));
  const least = await shrink(program, fails);
  assert.equal(least.operations.map(([kind]) => kind).sort(), ['react', 'shutdown']);
  const reaction = least.operations.find(([kind]) => kind === 'react')!;
  assert.equal(kinds(reaction[2]), ['add']);
});

test.run();
