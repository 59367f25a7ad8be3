import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomFrom } from '../fixtures/random.js';
import { EQUIVALENT } from './equivalent.js';
import { describe, type Mutation, mutationsOf } from './mutations.js';
import { ROOT } from './tree.js';

/** Every mutation of the sources of a tree whose path matches. */
export function allMutations(files: RegExp, tree = ROOT): Mutation[] {
  return ['assembly', 'host']
    .flatMap((side) =>
      readdirSync(join(tree, side), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${side}/${name}`,
      ),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && files.test(file))
    .sort()
    .flatMap((file) => mutationsOf(file, readFileSync(join(tree, file), 'utf8')));
}

/** The same mutations for a seed, in their order of drawing; `all` is left alone. */
export function* drawn(all: readonly Mutation[], seed: number): Generator<Mutation> {
  const left = [...all];
  const random = randomFrom(seed);
  // The first numbers of neighbouring seeds are near each other.
  for (let i = 0; i < 20; i++) random(2);
  while (left.length > 0) yield left.splice(random(left.length), 1)[0]!;
}

/** Why a mutation changes nothing that can be seen; undefined where nobody has said so. */
export function argumentFor(mutation: Mutation): string | undefined {
  const change = describe(mutation);
  return EQUIVALENT.find(
    (each) => each.file === mutation.file && each.change === change && each.line === mutation.text,
  )?.because;
}
