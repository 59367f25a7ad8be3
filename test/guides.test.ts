import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'build/guides');
const AT_ONCE = 2;
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');

/** The pages that show how something is done. */
const GUIDES = [
  ...['first-fd', 'edge-or-level', 'sockets', 'shutdown', 'timers', 'threads', 'child-output'],
  ...['recursive-inotify', 'guests', 'testing', 'runtimes', 'troubleshooting', 'when-not'],
  'migration',
].map((name) => `docs/${name}.md`);
const docs = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', 'examples/README.md', 'ARCHITECTURE.md', ...docs];

/** A program of a page, and what the page says that it prints. */
interface Program {
  readonly name: string;
  readonly code: string;
  readonly prints: string | undefined;
}

function programsOf(page: string): Program[] {
  const blocks = read(page).matchAll(/^```js\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms);
  return [...blocks].map(([, code, prints], i) => {
    const name = `${page.replace(/^docs\/|\.md$/g, '')}-${i + 1}`;
    return { name, code: code!, prints };
  });
}

/** What a program prints, in this Node, as it stands. */
async function outputOf({ name, code }: Program): Promise<string> {
  const file = join(FOLDER, `${name}.mjs`);
  writeFileSync(file, code);
  const options = { cwd: ROOT, timeout: 60_000, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [file], options);
  return stdout;
}

test.before(() => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
});

test('every guide has a program, and says what it prints', () => {
  const without = GUIDES.filter((page) => programsOf(page).length === 0);
  assert.equal(without, []);
  const silent = GUIDES.flatMap(programsOf).filter(({ prints }) => prints === undefined);
  assert.equal(
    silent.map(({ name }) => name),
    [],
  );
});

test('each program of docs/ works, and prints what its page says', async () => {
  const queue = docs.flatMap(programsOf);
  assert.ok(queue.length > 20, `${queue.length} programs`);
  const work = async () => {
    for (let program = queue.shift(); program; program = queue.shift()) {
      const output = await outputOf(program);
      assert.is(output, program.prints ?? output, program.name);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
});

/** The names by which a page's headings are linked to. */
function anchorsOf(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every link of a page leads to a file, or to a heading', () => {
  const broken = pages.flatMap((page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    return links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path, anchor] = link.split('#') as [string, string?];
        const target = path ? join(dirname(page), path) : page;
        if (!existsSync(join(ROOT, target))) return true;
        return anchor !== undefined && !anchorsOf(target).includes(anchor);
      })
      .map((link) => `${page}: ${link}`);
  });
  assert.equal(broken, []);
});

test('each guide is linked from the README, and each example from the index of examples', () => {
  const readme = read('README.md');
  const unlinked = GUIDES.filter((page) => !readme.includes(`(${page}`));
  assert.equal(unlinked, []);
  const index = read('examples/README.md');
  const examples = readdirSync(join(ROOT, 'examples')).filter((name) => name.endsWith('.ts'));
  assert.equal(
    examples.filter((name) => !index.includes(`(${name})`)),
    [],
  );
});

test.run();
