/**
 * A change that no test can notice, and why. Matched by what is there and not by the line's number.
 * test/mutants.test.ts holds each to a change that the mutator makes.
 */
export interface Equivalent {
  file: string;
  /** The line, without its indent. */
  line: string;
  /** As the mutator prints it: 'was -> becomes'. */
  change: string;
  because: string;
}

export const EQUIVALENT: readonly Equivalent[] = [];
