import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoverageReport, type CoverageReportOptions } from 'monocart-coverage-reports';
import { runTest, testFilesOf } from './test-process.js';
import { BUILD, Tree } from './tree.js';

const FOLDER = join(BUILD, 'coverage');
const RAW = join(FOLDER, 'raw');
const MAP = join(FOLDER, 'map.json');
const LIMIT_MS = 300_000;
/** Whose subject is the package, its texts, sizes or speed, and not what the code does. */
const NOT_OF_THE_CODE = /^(abi|bench|component-build|layers|mutants|package|semantics|tidy)/;

/**
 * What one test file runs: by source, as 'host/turn/loop.ts', the texts of lines, which stay
 * right while numbers move.
 */
export interface Covered {
  seconds: number;
  lines: Record<string, string[]>;
}
export type CoverageMap = Record<string, Covered>;

/** The folder of raw coverage of one test file. */
const rawOf = (test: string) => join(RAW, test.replaceAll('/', '_'));

/** The tests that a mutant may be tried with. */
export function testsOfTheCode(tree: string): string[] {
  return testFilesOf(tree).filter((name) => !NOT_OF_THE_CODE.test(name));
}

/** From the cache; what it lacks, as a new test, is run. `afresh` runs all. */
export async function coverageMap({ afresh = false } = {}): Promise<CoverageMap> {
  const map = afresh ? {} : cached();
  const tests = testsOfTheCode(join(BUILD, '..'));
  const missing = tests.filter((name) => !map[name]);
  if (missing.length > 0) {
    if (afresh) rmSync(RAW, { recursive: true, force: true });
    const tree = new Tree(join(FOLDER, 'tree'), ['AS=--sourcemap']);
    await tree.bundle();
    await Promise.all([0, 1].map(() => collect(tree, missing, map)));
  }
  writeFileSync(MAP, JSON.stringify(map));
  return Object.fromEntries(tests.map((name) => [name, map[name]!]));
}

function cached(): CoverageMap {
  mkdirSync(FOLDER, { recursive: true });
  try {
    return JSON.parse(readFileSync(MAP, 'utf8'));
  } catch {
    return {};
  }
}

async function collect(tree: Tree, queue: string[], map: CoverageMap): Promise<void> {
  for (let name = queue.shift(); name; name = queue.shift()) {
    const env = { NODE_V8_COVERAGE: rawOf(name) };
    const { outcome, seconds, output } = await runTest(tree.folder, name, {
      limitMs: LIMIT_MS,
      env,
    });
    if (outcome !== 'passed') throw new Error(`${name} ${outcome} without a mutant:\n${output}`);
    console.log(`${name} in ${seconds.toFixed(1)} s`);
    map[name] = { seconds, lines: linesOf(await reportOn([rawOf(name)], [])) };
  }
}

export interface SourceReport {
  file: string;
  source: string;
  data: { lines: Record<string, number | string> };
  summary: Record<'lines' | 'branches' | 'functions', { total: number; covered: number }>;
}

/** V8's blocks, mapped to the sources. */
export async function reportOn(
  folders: string[],
  reports: CoverageReportOptions['reports'] & object,
): Promise<SourceReport[]> {
  const outputDir = reports.length > 0 ? join(FOLDER, 'report') : `${folders[0]}-report`;
  const report = new CoverageReport({
    outputDir,
    reports,
    logging: 'error',
    entryFilter: ({ url }: { url: string }) => /\/(dist|build)\/host\//.test(url),
    sourceFilter: (path: string) => /(^|\/)host\/.*\.ts$/.test(path),
    sourcePath: (path: string) => path.replace(/^.*?(?=host\/)/, ''),
  });
  for (const folder of folders) if (readdirSync(folder).length > 0) await report.addFromDir(folder);
  const results = await report.generate();
  const files = (results?.files ?? []) as unknown as (SourceReport & { sourcePath: string })[];
  return files.map(({ sourcePath, ...rest }) => ({ ...rest, file: sourcePath }));
}

function linesOf(sources: SourceReport[]): Record<string, string[]> {
  const ran = ({ source, data }: SourceReport) => {
    const texts = source.split('\n').map((text) => text.trim());
    const entries = Object.entries(data.lines).filter(([, count]) => count !== 0);
    return [...new Set(entries.map(([line]) => texts[Number(line) - 1]!))];
  };
  return Object.fromEntries(sources.map((source) => [source.file, ran(source)]));
}

/** The raw coverage of all tests of the map. */
export const rawFolders = (map: CoverageMap) => Object.keys(map).map(rawOf);
