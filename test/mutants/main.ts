import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidatesOf } from './candidates.js';
import { type CoverageMap, coverageMap, testsOfTheCode } from './coverage-map.js';
import { Killers } from './killers.js';
import { applied, describe, type Mutation } from './mutations.js';
import { PLANTINGS, type Planting } from './plantings.js';
import { type Tried, tableOf, verdictOf } from './report.js';
import { allMutations, argumentFor, drawn } from './sample.js';
import { testFilesOf } from './test-process.js';
import { BUILD, ROOT, Tree } from './tree.js';
import { control, tryChange } from './trial.js';

/**
 * `main.js [N=200] [SEED=…] [FILES=regexp] [SECONDS=…] [TESTS=…] [PLANTED=regexp] [QUICK=1]`:
 * tries N mutants, drawn by SEED, and the plantings. SECONDS is the time after which no other is
 * begun, TESTS the seconds of tests for each. QUICK makes no map of coverage: it tries the tests
 * that have killed mutants of the same room. docs/tests.md says when it fails.
 */

const AT_ONCE = 2;
const given = Object.fromEntries(process.argv.slice(2).map((arg) => arg.split('=', 2)));
const seed = Number(given.SEED ?? Math.floor(Math.random() * 2 ** 31));
const planted = given.PLANTED === undefined ? undefined : new RegExp(given.PLANTED);
const size = Number(given.N ?? (planted ? 0 : 200));
const files = new RegExp(given.FILES ?? '.');
const testSeconds = Number(given.TESTS ?? 60);
const killers = new Killers();
const map = given.QUICK ? mapOfKillers() : await coverageMap();
const ours = join(BUILD, `mutants/trees-${process.pid}`);
const trees = Array.from({ length: AT_ONCE }, (_, i) => new Tree(join(ours, String(i))));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
process.on('exit', () => rmSync(ours, { recursive: true, force: true }));
const isSound = control(new Tree(join(ours, 'control')), map);
const tried: Tried[] = [];

function mapOfKillers(): CoverageMap {
  const there = testsOfTheCode(ROOT);
  const known = killers.tests.filter((test) => there.includes(test));
  return Object.fromEntries(known.map((test) => [test, { seconds: 1, lines: {} }]));
}

/** The tests of a change, and those of the room where nothing is known of its lines. */
function testsFor(mutation: Mutation): string[] {
  if (!given.QUICK) return candidatesOf(mutation, map, killers);
  return killers.tests
    .filter((test) => map[test] && killers.ofRoom(mutation.file, test) > 0)
    .sort((a, b) => killers.of(mutation.file, b) - killers.of(mutation.file, a));
}

async function sample(tree: Tree, queue: Iterator<Mutation>): Promise<void> {
  while (tried.length < size && performance.now() < until) {
    const { value: mutation, done } = queue.next();
    if (done) return;
    const place = tried.length;
    const argument = argumentFor(mutation);
    if (argument !== undefined) {
      tried.push({ ...mutation, verdict: 'equivalent', seconds: 0 });
      continue;
    }
    // Its place is taken now, or the other tree would draw one too many.
    const entry: Tried = { ...mutation, verdict: 'survived', seconds: 0 };
    tried.push(entry);
    const change = { file: mutation.file, to: (text: string) => applied(text, mutation) };
    const verdict = await tryChange(tree, change, testsFor(mutation), map, {
      testSeconds,
      isSound,
    });
    if (verdict.verdict === 'does not build') {
      tried.splice(tried.indexOf(entry), 1);
      console.log(`does not build: ${mutation.file}:${mutation.line} ${describe(mutation)}`);
      continue;
    }
    Object.assign(entry, verdict);
    if (verdict.by && !given.QUICK) killers.note(mutation.file, verdict.by);
    say(place, entry);
  }
}

function say(place: number, entry: Tried): void {
  const where = `${entry.file}:${entry.line}`;
  const by = entry.by ? `by ${entry.by}${entry.late ? ', late' : ''}` : '';
  const what = `${entry.kind}: ${describe(entry)}`;
  console.log(
    `${place + 1} ${entry.verdict} ${by} ${where} ${what} (${entry.seconds.toFixed(0)} s)`,
  );
}

/** Kinds of which a planting was not found. */
async function plant(tree: Tree, queue: Planting[], missed: string[]): Promise<void> {
  for (let each = queue.shift(); each; each = queue.shift()) {
    const { kind, file, find, replace, tests } = each;
    const to = (text: string) => {
      if (text.split(find).length !== 2) throw new Error(`${kind}: not once in ${file}: ${find}`);
      return text.replace(find, () => replace);
    };
    const names = testFilesOf(tree.folder).filter((name) => new RegExp(tests).test(name));
    if (names.length === 0) throw new Error(`${kind}: no test matches ${tests}`);
    const patience = { testSeconds: Number.POSITIVE_INFINITY, isSound };
    const { verdict, by } = await tryChange(tree, { file, to }, names, map, patience);
    if (verdict !== 'killed') missed.push(`${kind} in ${file}: ${verdict}`);
    console.log(`${verdict === 'killed' ? 'found' : 'MISSED'} ${kind} ${by ? `by ${by}` : ''}`);
  }
}

console.log(`seed ${seed}`);
const until = performance.now() + 1000 * Number(given.SECONDS ?? Number.POSITIVE_INFINITY);
const mutations = drawn(allMutations(files, trees[0]!.folder), seed);
await Promise.all(trees.map((tree) => sample(tree, mutations)));
const missed: string[] = [];
const plantings = PLANTINGS.filter(({ kind }) =>
  (planted ?? (size > 0 && !given.QUICK ? /./ : /^$/)).test(kind),
);
await Promise.all(trees.map((tree) => plant(tree, plantings, missed)));
mkdirSync(join(BUILD, 'mutants'), { recursive: true });
writeFileSync(join(BUILD, `mutants/seed-${seed}.json`), JSON.stringify(tried, null, 1));
console.log(tableOf(tried));
const verdict = verdictOf(tried, given.QUICK ? 'quick' : 'whole');
console.log(`seed ${seed}: ${verdict.text}`);
for (const each of missed) console.log(`not found: ${each}`);
// Where nothing builds, nothing was tried.
const idle = size > 0 && tried.length === 0;
process.exitCode = verdict.bad || idle || missed.length > 0 ? 1 : 0;
