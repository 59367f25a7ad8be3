/**
 * Whether a series of samples, equally far apart, stays flat behind its warm-up.
 *
 * A line is fitted by least squares. The error of its slope is that of independent samples,
 * widened because neighbours are alike: of n samples with a correlation r of neighbours among
 * what the line leaves, n (1 − r) / (1 + r) count. The series grows when its rise over the whole
 * span is more than both: three of those errors, which chance gives to one of 700 flat series, and
 * a share of its mean, below which it would take a hundred times as long to notice.
 */

export const WARM_UP = 0.3;
const ERRORS = 3;
export const SHARE = 0.01;
const SAMPLES_MIN = 8;

export interface Trend {
  readonly mean: number;
  /** What the line gains from the first sample behind the warm-up to the last. */
  readonly rise: number;
  /** Three errors of that. */
  readonly uncertainty: number;
  readonly grows: boolean;
}

/** @throws Error for fewer than 8 samples behind the warm-up: from those nothing follows. */
export function trendOf(series: readonly number[], share = SHARE): Trend {
  const values = series.slice(Math.floor(series.length * WARM_UP));
  const n = values.length;
  if (n < SAMPLES_MIN) throw new Error(`${n} samples are too few for a trend`);
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const middle = (n - 1) / 2;
  const square = (n * (n * n - 1)) / 12;
  const slope = values.reduce((sum, value, i) => sum + (i - middle) * (value - mean), 0) / square;
  const rest = values.map((value, i) => value - mean - slope * (i - middle));
  const variance = rest.reduce((sum, each) => sum + each * each, 0) / (n - 2);
  const error = Math.sqrt(variance / square) * widening(rest);
  const rise = slope * (n - 1);
  const uncertainty = ERRORS * error * (n - 1);
  return { mean, rise, uncertainty, grows: rise > uncertainty && rise > share * mean };
}

function widening(rest: readonly number[]): number {
  const squares = rest.reduce((sum, each) => sum + each * each, 0);
  if (squares === 0) return 1;
  const products = rest.slice(1).reduce((sum, each, i) => sum + each * rest[i]!, 0);
  const r = Math.min(Math.max(products / squares, 0), 0.98);
  return Math.sqrt((1 + r) / (1 - r));
}
