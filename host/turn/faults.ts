import type { ErrorContext, ErrorSink, HandlerErrorPolicy } from '../contract/index.js';
import type { Member } from '../table/index.js';

interface Fault {
  error: unknown;
  context: ErrorContext;
  /** What `'remove'` does about it. */
  remove: () => void;
}

/** What the manager can do about faults. */
interface Remedies {
  remove(member: Member): void;
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
  note(error: unknown, member: Member, fd?: number): void {
    member.errors += 1;
    const context = member.context(fd);
    this.#collect({ error, context, remove: () => this.#remedies.remove(member) });
  }

  /** Takes note of an error that no subscriber made: a timer's, say. */
  noteFrom(error: unknown, remove: () => void, context: ErrorContext = {}): void {
    this.#collect({ error, context, remove });
  }

  /** Acts on what was collected, by the policy. May throw, but has then dealt with all of it. */
  settle(): void {
    if (this.#collected.length > 0) this.#settleAll();
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

  /** Tells `onError`, or, where there is none, the process's warnings. May throw. */
  report(error: unknown, context: ErrorContext): void {
    this.#sink(error, context);
  }

  /** The same; what `onError` throws about a member's error becomes that member's fault. */
  reportFor(member: Member, error: unknown, context: ErrorContext): void {
    try {
      this.report(error, context);
    } catch (thrown) {
      this.note(thrown, member, context.fd ?? -1);
    }
  }

  #settleAll(): void {
    const faults = this.#collected;
    this.#collected = [];
    if (this.#policy === 'throw') throw oneError(faults.map((fault) => fault.error));
    const thrown: unknown[] = [];
    const attempt = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        thrown.push(error);
      }
    };
    for (const fault of faults) {
      if (this.#policy === 'remove') attempt(fault.remove);
      if (this.#policy === 'stop') this.#remedies.stop();
      attempt(() => this.report(fault.error, fault.context));
    }
    if (thrown.length > 0) throw oneError(thrown);
  }

  #collect(fault: Fault): void {
    this.count += 1;
    this.#collected.push(fault);
  }
}

function oneError(errors: unknown[]): unknown {
  if (errors.length === 1) return errors[0];
  return new AggregateError(errors, `${errors.length} handlers failed in one turn`);
}

/** Without an `onError`: a warning that says whose handler it was. */
function warn(error: unknown, { id, name, fd }: ErrorContext): void {
  const whose = [
    ...(id === undefined ? [] : [`subscriber ${id}`]),
    ...(name === undefined ? [] : [JSON.stringify(name)]),
    ...(fd === undefined || fd < 0 ? [] : [`fd ${fd}`]),
  ].join(', ');
  if (whose === '') {
    process.emitWarning(error instanceof Error ? error : String(error));
    return;
  }
  const {
    name: type,
    message,
    stack = '',
  } = error instanceof Error ? error : new Error(`${error}`);
  const { code } = Object(error) as { code?: unknown };
  const detail = { type, detail: stack, ...(typeof code === 'string' ? { code } : {}) };
  process.emitWarning(`${whose}: ${message}`, detail);
}
