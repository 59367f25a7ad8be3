import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './lab.js';
import { PROGRAMS, type RuntimeRow } from './runtimes.js';
import type { ToolRow } from './tools.js';
import { RESOLUTIONS, type TypesRow } from './types.js';

export const PAGE = join(ROOT, 'docs/runtimes.md');

/** Puts a table into the page, between the two comments of its name. */
export function putTable(name: string, rows: readonly (readonly string[])[]): void {
  const text = readFileSync(PAGE, 'utf8');
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/runtimes.md has no place for ${name}`);
  const table = `\n${formatTable(rows)}\n\n`;
  writeFileSync(PAGE, text.slice(0, from + begin.length) + table + text.slice(to));
}

export function runtimeTable(rows: readonly RuntimeRow[]): string[][] {
  const heads = PROGRAMS.map((program) => `\`${program.replace(/\.\w+$/, '')}\``);
  return [['runtime', ...heads], ...rows.map(({ runtime, cells }) => [runtime, ...cells])];
}

export function toolTable(rows: readonly ToolRow[]): string[][] {
  return [['tool', 'how', 'outcome'], ...rows.map(({ tool, how, cell }) => [tool, how, cell])];
}

export function typesTable(rows: readonly TypesRow[]): string[][] {
  const heads = RESOLUTIONS.map((resolution) => `\`${resolution}\``);
  const body = rows.map(({ compiler, node, cells }) => [compiler, node, ...cells]);
  return [['compiler', 'typings', ...heads], ...body];
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = escaped[0]!.map((_, i) => Math.max(...escaped.map((row) => row[i]!.length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  const [head, ...body] = escaped;
  return [line(head!), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join(
    '\n',
  );
}
