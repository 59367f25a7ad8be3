import type { SubscriberId } from '../contract/index.js';
import type { Membership } from '../table/index.js';

/**
 * What happens when a handler throws or its promise is rejected, once the batch is finished:
 * `'throw'` rethrows from `run`, several as one AggregateError; `'report'` hands the error to
 * `onError` and goes on; `'remove'` removes the subscriber, then reports; `'stop'` reports and
 * stops the loop.
 */
export type HandlerErrorPolicy = 'throw' | 'report' | 'remove' | 'stop';

/** Whom an error was about, as far as is known. */
export interface ErrorContext {
  id?: SubscriberId;
  fd?: number;
}

/** Where errors go that nobody is there to catch. */
export type ErrorSink = (error: unknown, context: ErrorContext) => void;

interface Fault {
  error: unknown;
  context: ErrorContext;
  /** What `'remove'` does about it. */
  remove: () => void;
}

/** What the faults' owner can do about them. */
interface Remedies {
  remove(member: Membership): void;
  stop(): void;
}

/** Collects what handlers throw, so that nobody else's event is lost, and then acts on it. */
export class Faults {
  count = 0;
  readonly #policy: HandlerErrorPolicy;
  readonly #sink: ErrorSink;
  readonly #remedies: Remedies;
  #collected: Fault[] = [];

  constructor(policy: HandlerErrorPolicy, sink: ErrorSink | undefined, remedies: Remedies) {
    this.#policy = policy;
    this.#sink = sink ?? warn;
    this.#remedies = remedies;
  }

  /** Takes note of an error, until `settle`. */
  note(error: unknown, member: Membership, fd: number): void {
    member.errors += 1;
    const context = { id: member.id as SubscriberId, fd };
    this.#collect({ error, context, remove: () => this.#remedies.remove(member) });
  }

  /** Takes note of an error that no subscriber made: a timer's, say. */
  noteFrom(error: unknown, remove: () => void): void {
    this.#collect({ error, context: {}, remove });
  }

  /** Acts on what was collected, by the policy. May throw, but has then dealt with all of it. */
  settle(): void {
    if (this.#collected.length > 0) this.#settleAll();
  }

  #settleAll(): void {
    const faults = this.#collected;
    this.#collected = [];
    if (this.#policy === 'throw') throw oneError(faults.map((fault) => fault.error));
    const sinkErrors: unknown[] = [];
    for (const fault of faults) {
      if (this.#policy === 'remove') fault.remove();
      if (this.#policy === 'stop') this.#remedies.stop();
      try {
        this.report(fault.error, fault.context);
      } catch (error) {
        sinkErrors.push(error);
      }
    }
    if (sinkErrors.length > 0) throw oneError(sinkErrors);
  }

  /** The same where nobody is there to catch: what `settle` throws is an uncaught exception. */
  settleOutside(): void {
    try {
      this.settle();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  #collect(fault: Fault): void {
    this.count += 1;
    this.#collected.push(fault);
  }

  /** Tells `onError`, or, where there is none, the process's warnings. */
  report(error: unknown, context: ErrorContext): void {
    this.#sink(error, context);
  }
}

function oneError(errors: unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  return new AggregateError(errors, `${errors.length} handlers failed in one turn`);
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
