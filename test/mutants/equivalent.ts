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

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'host/sys/aio.ts',
    line: 'if (this.#context > 0) return true;',
    change: '0 -> 1',
    because: 'a context of io_setup(2) is an address, 0 or of a page of its own: never 1',
  },
  {
    file: 'host/bus/directory.ts',
    line: 'this.#oldest = this.#oldest + 1 < this.#topicsBySlot.length ? this.#oldest + 1 : 1;',
    change: '+ -> -',
    because: 'it looks at two slots behind the end, which hold nothing, before it begins anew at 1',
  },
  {
    file: 'host/sharing/shared-registration.ts',
    line: 'if (referenced === this.#referenced) return;',
    change: 'if (referenced === this.#referenced) return; -> ;',
    because:
      'the tables change nothing where a subscriber is referenced or not already: it spares a call',
  },
  {
    file: 'host/remote/submissions.ts',
    line: '#sequence = 0;',
    change: '0 -> 1',
    because: 'a number of a sequence is compared with itself alone, wherever the sequence begins',
  },
  {
    file: 'assembly/tables/ready-list.ts',
    line: 'const HEADER_SIZE = 8;',
    change: '8 -> 9',
    because: 'static memory of which the ninth byte is not looked at',
  },
];
