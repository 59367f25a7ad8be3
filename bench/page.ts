import type { Row } from './results.js';
import { verdict } from './results.js';
import type { WorkloadCalls } from './system-calls.js';

/** What a page of results shows beside the rows. */
export interface Context {
  readonly machine: string;
  readonly skipped: ReadonlyMap<string, string>;
  /** System calls of an iteration. */
  readonly calls: readonly WorkloadCalls[];
}

const PLOT = 420;
const RATIO_MAX = 2;
const ROW = 20;
const LABEL = 330;
const STYLE = `
  body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem;
    padding: 0 1rem; color: #1d2530; background: #fff }
  h2 { margin: 2rem 0 0; font-size: 1.05rem }
  h2 small { font-weight: 400; color: #5b6675 }
  svg { display: block; margin: .4rem 0; font-size: 12px; max-width: 100% }
  svg text { fill: currentColor }
  table { border-collapse: collapse }
  td, th { padding: .15rem .8rem .15rem 0; text-align: left }
  .met { fill: #2e9e5b }
  .near { fill: #c98a1b }
  .missed { fill: #cc4b4b }
  .none { fill: #8a95a5 }
  .spread { stroke: currentColor; stroke-width: 1.5 }
  .one { stroke: #8a95a5; stroke-dasharray: 3 3 }
  @media (prefers-color-scheme: dark) { body { color: #dde3ea; background: #14181d } }`;

/** All results as a page that stands by itself: each workload, its peers side by side. */
export function page(rows: readonly Row[], { machine, skipped, calls }: Context): string {
  const workloads = [...new Set(rows.map(({ workload }) => workload))];
  const sections = workloads.map((name) => section(rows.filter((row) => row.workload === name)));
  const counts = calls.map(
    ({ workload, contender, calls }) =>
      `<tr><td>${escaped(workload)}<td>${escaped(contender)}<td>${escaped(calls)}`,
  );
  const table = `<table><tr><th>workload<th>contender<th>calls${counts.join('\n')}</table>`;
  const left = [...skipped].map(([name, why]) => `<li>${escaped(name)}: ${escaped(why)}`);
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>wasm-event-manager: results</title><style>${STYLE}</style>
<h1>Results</h1>
<p>${escaped(machine)}</p>
<p>Each bar is our time by the peer's, the median of rounds that were taken in turn: left of the
line at 1, ours is faster. The line at a bar's end is half the distance of the quartiles, to
either side. Green bars meet their goal, yellow ones its floor, red ones neither; grey ones have
none.</p>
${sections.join('\n')}
<h2>System calls of an iteration, counted by strace</h2>
${counts.length > 0 ? table : 'Not counted.'}
<h2>Skipped</h2>
${left.length > 0 ? `<ul>${left.join('\n')}</ul>` : 'Nothing.'}
</html>
`;
}

function section(rows: readonly Row[]): string {
  const { workload, title } = rows[0]!;
  const height = rows.length * ROW + 18;
  const x = (ratio: number) => LABEL + (Math.min(ratio, RATIO_MAX) / RATIO_MAX) * PLOT;
  const bars = rows.map((row, i) => bar(row, 14 + i * ROW, x));
  const line = `<line class="one" x1="${x(1)}" x2="${x(1)}" y1="2" y2="${height}"/>`;
  const size = `width="${LABEL + PLOT + 240}" height="${height}"`;
  const name = `role="img" aria-label="${escaped(title)}"`;
  const svg = `<svg ${size} ${name}>${line}${bars.join('')}</svg>`;
  return `<h2>${escaped(workload)} <small>${escaped(title)}</small></h2>\n${svg}`;
}

function bar(row: Row, y: number, x: (ratio: number) => number): string {
  const { ratio, way, peer, ours, theirs } = row;
  const label = [way, `by ${peer}`].filter(Boolean).join(' ');
  const from = x(Math.max(0, ratio - row.spread)).toFixed(1);
  const to = x(ratio + row.spread).toFixed(1);
  const goal = row.goal ? `, goal ≤ ${row.goal.target.toFixed(2)}` : '';
  const text = `${ratio.toFixed(2)}: ${ours} by ${theirs}${goal}`;
  return [
    `<text x="${LABEL - 8}" y="${y + 11}" text-anchor="end">${escaped(label)}</text>`,
    `<rect class="${verdict(row) || 'none'}" x="${LABEL}" y="${y}" height="${ROW - 6}" rx="2"`,
    ` width="${(x(ratio) - LABEL).toFixed(1)}"/>`,
    Number.isFinite(row.spread)
      ? `<line class="spread" x1="${from}" x2="${to}" y1="${y + 7}" y2="${y + 7}"/>`
      : '',
    `<text x="${(x(ratio) + 10).toFixed(1)}" y="${y + 11}">${escaped(text)}</text>`,
  ].join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
