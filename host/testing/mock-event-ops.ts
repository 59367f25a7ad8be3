import {
  checkEventSet,
  EventManagerError,
  type EventOps,
  EventSet,
  type Events,
  type FdSource,
  fdOf,
} from '../contract/index.js';

/** One call that was made on a mock. */
export interface EventOpsCall {
  readonly operation: keyof EventOps;
  /** The fd it was about; -1 for `addAll` and `removeAll`. */
  readonly fd: number;
  /** The event set given: of the Events, or of `addFlags` and `removeFlags`. */
  readonly set?: EventSet;
  /** The data of the Events given. */
  readonly data?: number;
  /** Of `setPriority`. */
  readonly level?: number;
}

/** What a call should look like; what is left out matches anything. */
export type ExpectedCall = Pick<EventOpsCall, 'operation'> & Partial<EventOpsCall>;

/**
 * Stands in for the handle that a handler gets, so that `init` and `process` can be tested with
 * neither manager nor kernel. It keeps the registrations as the real one would, records every
 * call, and fails on demand.
 *
 * @example
 * const ops = new MockEventOps();
 * ops.expect({ operation: 'add', fd: 7, set: EventSet.IN });
 * subscriber.init(ops);
 * ops.verify();
 */
export class MockEventOps implements EventOps {
  /** Every call, in order. */
  readonly calls: EventOpsCall[] = [];
  readonly #registered = new Map<number, { interest: EventSet; data: number; paused: boolean }>();
  readonly #expected: ExpectedCall[] = [];
  readonly #failures: { call: ExpectedCall; error: unknown }[] = [];

  /** Expects a call, in the order of the expectations; `verify` checks. */
  expect(call: ExpectedCall): this {
    this.#expected.push(call);
    return this;
  }

  /** Makes the next call that matches throw, and change nothing. */
  failNext(call: ExpectedCall, error: unknown): this {
    this.#failures.push({ call, error });
    return this;
  }

  /** Throws unless the calls made are those expected, each and in order. */
  verify(): void {
    const wanted = this.#expected;
    const wrong = wanted.findIndex((call, i) => !this.calls[i] || !matches(call, this.calls[i]));
    if (wrong >= 0) {
      const actual = this.calls[wrong] ? showCall(this.calls[wrong]) : 'no further call';
      throw new Error(`call ${wrong + 1}: expected ${showCall(wanted[wrong]!)}, got ${actual}`);
    }
    const extra = this.calls[wanted.length];
    if (extra) throw new Error(`call ${wanted.length + 1}: unexpected ${showCall(extra)}`);
  }

  /** The fds registered now. */
  get registeredFds(): number[] {
    return [...this.#registered.keys()];
  }

  /** Whether a registration is paused. */
  isPaused(source: FdSource): boolean {
    return this.#own(fdOf(source)).paused;
  }

  add(events: Events): void {
    this.#enter('add', events);
  }

  share(events: Events): void {
    this.#enter('share', events);
  }

  modify(events: Events): void {
    const { fd, eventSet, data } = events;
    this.#record({ operation: 'modify', fd, set: eventSet, data });
    Object.assign(this.#own(fd), { interest: eventSet, data });
  }

  remove(source: FdSource | Events): void {
    const fd = fdOf(source);
    this.#record({ operation: 'remove', fd });
    this.#own(fd);
    this.#registered.delete(fd);
  }

  interest(source: FdSource): EventSet | undefined {
    return this.#registered.get(fdOf(source))?.interest;
  }

  addFlags(source: FdSource, set: EventSet): void {
    const fd = fdOf(source);
    this.#record({ operation: 'addFlags', fd, set: checkEventSet(set) });
    const entry = this.#own(fd);
    entry.interest = (entry.interest | set) >>> 0;
  }

  setPriority(source: FdSource, level: number): void {
    const fd = fdOf(source);
    this.#record({ operation: 'setPriority', fd, level });
    this.#own(fd);
  }

  removeFlags(source: FdSource, set: EventSet): void {
    const fd = fdOf(source);
    this.#record({ operation: 'removeFlags', fd, set: checkEventSet(set) });
    const entry = this.#own(fd);
    entry.interest = (entry.interest & ~set) >>> 0;
  }

  pause(source: FdSource): void {
    this.#switch('pause', fdOf(source), true);
  }

  resume(source: FdSource): void {
    this.#switch('resume', fdOf(source), false);
  }

  rearm(source: FdSource): void {
    const fd = fdOf(source);
    this.#record({ operation: 'rearm', fd });
    this.#own(fd);
  }

  addAll(events: Iterable<Events>): void {
    this.#record({ operation: 'addAll', fd: -1 });
    const before = new Map(this.#registered);
    try {
      for (const each of events) this.add(each);
    } catch (error) {
      this.#registered.clear();
      for (const [fd, entry] of before) this.#registered.set(fd, entry);
      throw error;
    }
  }

  removeAll(sources?: Iterable<FdSource | Events>): void {
    this.#record({ operation: 'removeAll', fd: -1 });
    for (const source of sources ?? this.registeredFds) this.remove(source);
  }

  #enter(operation: 'add' | 'share', { fd, eventSet, data }: Events): void {
    this.#record({ operation, fd, set: eventSet, data });
    if (this.#registered.has(fd)) {
      throw new EventManagerError('ERR_FD_ALREADY_REGISTERED', `fd ${fd} is registered`, { fd });
    }
    this.#registered.set(fd, { interest: eventSet, data, paused: false });
  }

  #switch(operation: 'pause' | 'resume', fd: number, paused: boolean): void {
    this.#record({ operation, fd });
    this.#own(fd).paused = paused;
  }

  #record(call: EventOpsCall): void {
    this.calls.push(call);
    const index = this.#failures.findIndex((failure) => matches(failure.call, call));
    if (index >= 0) throw this.#failures.splice(index, 1)[0]!.error;
  }

  #own(fd: number) {
    const entry = this.#registered.get(fd);
    if (entry) return entry;
    throw new EventManagerError('ERR_NOT_REGISTERED', `fd ${fd} is not registered`, { fd });
  }
}

function matches(expected: ExpectedCall, actual: EventOpsCall): boolean {
  return Object.entries(expected).every(
    ([key, value]) =>
      actual[key as keyof EventOpsCall] === (key === 'set' ? checkEventSet(value) : value),
  );
}

function showCall(call: ExpectedCall): string {
  const parts = [];
  if (call.fd !== undefined && call.fd >= 0) parts.push(String(call.fd));
  if (call.set !== undefined) parts.push(EventSet.format(call.set));
  if (call.data) parts.push(`data ${call.data}`);
  return `${call.operation}(${parts.join(', ')})`;
}
