import type { Row } from './results.js';
import { verdict } from './results.js';

const BAR_HEIGHT = 14;
const GAP = 4;
const LABEL_WIDTH = 160;
const PLOT_WIDTH = 360;
const TITLE_WIDTH = 480;
const RATIO_MAX = 2;
const COLOURS: Record<string, string> = {
  met: '#2e9e5b',
  near: '#c98a1b',
  missed: '#cc4b4b',
  '': '#7c8797',
};

/**
 * Bars of the ratios that have a goal, with a line at 1: what is left of it is faster than the
 * peer. The others are in the table.
 */
export function chart(title: string, all: readonly Row[]): string {
  const rows = all.filter(({ goal }) => goal !== null);
  const height = 56 + rows.length * (BAR_HEIGHT + GAP);
  const width = LABEL_WIDTH + PLOT_WIDTH + TITLE_WIDTH;
  const x = (ratio: number) => LABEL_WIDTH + (Math.min(ratio, RATIO_MAX) / RATIO_MAX) * PLOT_WIDTH;
  const bars = rows.map((row, i) => {
    const y = 44 + i * (BAR_HEIGHT + GAP);
    const middle = y + BAR_HEIGHT - 3;
    const label = escaped(`${row.workload} : ${row.peer}`);
    const size = `width="${(x(row.ratio) - LABEL_WIDTH).toFixed(1)}" height="${BAR_HEIGHT}"`;
    return [
      `<text x="${LABEL_WIDTH - 8}" y="${middle}" text-anchor="end">${label}</text>`,
      `<rect x="${LABEL_WIDTH}" y="${y}" ${size} rx="3" fill="${COLOURS[verdict(row)]}"/>`,
      `<text x="${(x(row.ratio) + 6).toFixed(1)}" y="${middle}">${row.ratio.toFixed(2)}</text>`,
      `<text x="${LABEL_WIDTH + PLOT_WIDTH + 40}" y="${middle}">${escaped(row.title)}</text>`,
    ].join('');
  });
  const font = 'font-family="system-ui, sans-serif" font-size="12"';
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const one = x(1);
  const stroke = `stroke="${COLOURS['']}" stroke-dasharray="3 3"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>`,
    // Text in a grey that can be read on white and on black.
    `<style>text { fill: ${COLOURS['']} }</style>`,
    `<text x="8" y="20" font-size="14" font-weight="600">${escaped(title)}</text>`,
    `<line x1="${one}" x2="${one}" y1="34" y2="${height - 8}" ${stroke}/>`,
    `<text x="${one}" y="32" text-anchor="middle">as fast as the peer</text>`,
    ...bars,
    '</svg>\n',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
