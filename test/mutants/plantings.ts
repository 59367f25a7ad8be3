/**
 * A fault that this library has had, or one of its kind, put back: the tests that match `tests`
 * must find it. `find` is a text that is in `file` once.
 */
export interface Planting {
  /** K1 to K19, and a word on it: 'K1 timer left armed'. */
  kind: string;
  file: string;
  find: string;
  replace: string;
  /** A regular expression over the names of test files, as 'clock-live-model'. */
  tests: string;
}

export const PLANTINGS: readonly Planting[] = [];
