import { goalOf } from './goals.js';
import type { Measurement } from './harness.js';
import type { Goal, Peer, Workload } from './workloads.js';

/** A line of the table: ours against one peer, or against ourselves. */
export interface Row {
  readonly workload: string;
  readonly title: string;
  readonly peer: string;
  /** Ours: on which Node, and by which way into the kernel. */
  readonly way?: string;
  readonly ours: string;
  /** Ours in nanoseconds, where it is a time of an iteration. */
  readonly oursNs?: number;
  readonly theirs: string;
  readonly ratio: number;
  readonly spread: number;
  readonly goal: Goal | null;
}

/** The rows of one workload. */
export function rowsOf(workload: Workload, measured: readonly Measurement[]): Row[] {
  return measured.map((peer) => ({
    workload: workload.name,
    title: workload.title,
    peer: peer.contender,
    way: peer.ours,
    ours: formatNs(peer.oursNs),
    oursNs: peer.oursNs,
    theirs: formatNs(peer.ns),
    ratio: peer.ratio,
    spread: peer.ratioSpread,
    goal: goalOf(workload, peer.contender as Peer, peer.ours),
  }));
}

/** How a ratio stands to its goal. */
export function verdict({ ratio, goal }: Row): string {
  if (!goal) return '';
  if (ratio <= goal.target) return 'met';
  return ratio <= goal.floor ? 'near' : 'missed';
}

export function formatNs(ns: number): string {
  if (ns < 1e3) return `${ns.toFixed(1)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(2)} µs`;
  return `${(ns / 1e6).toFixed(1)} ms`;
}

const HEADER = ['workload', 'what', 'way', 'peer', 'ours', 'peer’s', 'ratio', '±', 'target', ''];

function cells(row: Row): string[] {
  return [
    row.workload,
    row.title,
    row.way ?? '',
    row.peer,
    row.ours,
    row.theirs,
    row.ratio.toFixed(2),
    // None where a peer took no time at all, by the kernel's tick.
    Number.isFinite(row.spread) ? `${(row.spread * 100).toFixed(1)} %` : '',
    row.goal ? `≤ ${row.goal.target.toFixed(2)}` : '',
    verdict(row),
  ];
}

/** As Markdown, which a terminal shows well enough. */
export function table(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cells)];
  const widths = HEADER.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = lines.map(
    (line) => `| ${line.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`,
  );
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [text[0], rule, ...text.slice(1)].join('\n');
}
