import { createInterface } from 'node:readline';
import type { Mode, Scenario, Variant } from './workloads.js';

/** A contender in this process: set up, and asked for iterations. */
export interface Contender {
  iterate(iterations: number): void;
  /** Handler calls so far, and the sum of what they read. */
  readonly events: number;
  readonly checksum: number;
}

/** The scenario that the command line says. */
export function scenarioFromArguments(): Scenario {
  const [variant, mode, subscribers, fdsEach, ready] = process.argv.slice(-5);
  return {
    variant: variant as Variant,
    mode: mode as Mode,
    subscribers: Number(subscribers),
    fdsEach: Number(fdsEach),
    ready: Number(ready),
  };
}

/** Answers `round N` lines until the end of the input: the protocol of every contender. */
export function serve(contender: Contender): void {
  console.log('ready');
  createInterface({ input: process.stdin }).on('line', (line) => {
    const iterations = Number(line.replace('round ', ''));
    const { events, checksum } = contender;
    const start = process.hrtime.bigint();
    contender.iterate(iterations);
    const ns = Number(process.hrtime.bigint() - start);
    console.log(
      JSON.stringify({
        ns,
        iterations,
        events: contender.events - events,
        checksum: contender.checksum - checksum,
      }),
    );
  });
}
