import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sectionsOf, titles } from './fixtures/test-titles.js';

for (const page of ['docs/guarantees.md', 'docs/threat-model.md']) {
  const sections = sectionsOf(page);

  test(`${page}: each promise links to a test`, () => {
    assert.ok(sections.length >= 5);
    const bare = sections.filter(({ links }) => links.length === 0).map(({ heading }) => heading);
    assert.equal(bare, [], `write '- [the title of its test](../test/file.test.ts)' in ${page}`);
  });

  test(`${page}: each link names a test of that title`, () => {
    const broken = sections.flatMap(({ heading, links }) =>
      links
        .filter(({ title, file }) => !titles.get(file)?.some(({ text }) => text === title))
        .map(({ title, file }) => `${heading}: no test '${title}' in ${file}`),
    );
    assert.equal(broken, [], `a test was renamed or moved: change its link in ${page}`);
  });
}

test.run();
