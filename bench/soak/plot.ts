import { type Trend, WARM_UP } from './flatness.js';
import { GAUGES, type Gauge, type Sample } from './gauges.js';

const WIDTH = 720;
const HEIGHT = 64;
const LEFT = 110;
const TOP = 48;
const GREY = '#7c8797';
const FLAT = '#2e9e5b';
const GROWS = '#cc4b4b';

/** A row for each gauge: its samples from zero, with the warm-up in grey, and its verdict. */
export function plot(
  title: string,
  samples: readonly Sample[],
  trends: ReadonlyMap<Gauge, Trend>,
): string {
  const rows = (Object.keys(GAUGES) as Gauge[]).map((gauge, i) => {
    const values = samples.map((each) => each[gauge]);
    return row(gauge, values, trends.get(gauge), TOP + i * (HEIGHT + 12));
  });
  const height = TOP + rows.length * (HEIGHT + 12);
  const size = `width="${LEFT + WIDTH + 230}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="sans-serif" font-size="12">`,
    // Text in a grey that can be read on white and on black.
    `<style>text { fill: ${GREY} } polyline { fill: none; stroke-width: 1.5 }</style>`,
    `<text x="8" y="20" font-size="14" font-weight="600">${title}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

function row(gauge: Gauge, values: number[], trend: Trend | undefined, top: number): string {
  const { unit } = GAUGES[gauge];
  const most = Math.max(...values) || 1;
  const bottom = top + HEIGHT;
  const points = values.map((value, i) => {
    const x = LEFT + (i / (values.length - 1)) * WIDTH;
    return `${x.toFixed(1)},${(bottom - (value / most) * HEIGHT).toFixed(1)}`;
  });
  const warm = Math.floor(values.length * WARM_UP);
  const right = LEFT + WIDTH + 10;
  const figure = (value: number) => `${value.toFixed(value < 100 ? 2 : 0)} ${unit}`;
  const said = trend
    ? `${figure(trend.mean)}, ${trend.rise < 0 ? '−' : '+'}${figure(Math.abs(trend.rise))}`
    : 'too short to tell';
  return [
    `<text x="8" y="${top + 14}">${gauge}</text><text x="8" y="${top + 30}">${figure(most)}</text>`,
    `<line x1="${LEFT}" x2="${LEFT + WIDTH}" y1="${bottom}" y2="${bottom}" stroke="${GREY}"/>`,
    `<polyline stroke="${GREY}" points="${points.slice(0, warm + 1).join(' ')}"/>`,
    `<polyline stroke="${trend?.grows ? GROWS : FLAT}" points="${points.slice(warm).join(' ')}"/>`,
    `<text x="${right}" y="${top + 14}">${said}</text>`,
    trend ? `<text x="${right}" y="${top + 30}">± ${figure(trend.uncertainty)}</text>` : '',
  ].join('');
}
