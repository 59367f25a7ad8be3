import { coverageMap, rawFolders, reportOn, type SourceReport } from './coverage-map.js';

/**
 * `make coverage`: runs each test file under V8's coverage, maps its blocks to the sources, and
 * ends with status 1 below the limits. build/coverage/report/ has the whole; docs/tests.md what
 * is left, and why.
 */

const LINES_AT_LEAST = 98;
const BRANCHES_AT_LEAST = 95;

const map = await coverageMap({ afresh: !process.argv.includes('cached') });
const sources = await reportOn(rawFolders(map), ['v8', 'v8-json', 'console-summary']);
const percent = (of: 'lines' | 'branches') => {
  const sum = (key: 'covered' | 'total') =>
    sources.reduce((all, { summary }) => all + summary[of][key], 0);
  return (100 * sum('covered')) / sum('total');
};
const left = ({ data }: SourceReport) =>
  Object.entries(data.lines).flatMap(([line, count]) => (count === 0 ? [line] : []));
for (const source of sources.sort((a, b) => left(b).length - left(a).length))
  if (left(source).length > 0) console.log(`${source.file}: ${left(source).join(' ')}`);
const [lines, branches] = [percent('lines'), percent('branches')];
console.log(`lines ${lines.toFixed(2)} %, branches ${branches.toFixed(2)} %`);
if (lines < LINES_AT_LEAST || branches < BRANCHES_AT_LEAST) process.exitCode = 1;
