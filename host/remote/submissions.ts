import type { MessagePort } from 'node:worker_threads';
import { type CallQueue, KIND_CONNECT, ON_PORT } from './call-queue.js';
import { CALL_CANCELLED, CALL_QUEUED } from './call-state.js';
import { postParcel } from './inbox.js';
import { closedEndpointError, notCloneableError, queueFullError } from './remote-error.js';
import type { SharedState } from './shared-state.js';
import { Slots } from './slots.js';
import { type Transferable, transferListOf } from './transfer.js';
import { writeValues } from './wire.js';

/** What a caller puts into its queue. */
export class Submissions {
  readonly slots: Slots;
  readonly #port: MessagePort;
  readonly #shared: SharedState;
  readonly #queue: CallQueue;
  #sequence = 0;
  /** The caller's end was closed. */
  #ended = false;

  constructor(port: MessagePort, shared: SharedState, queue: CallQueue) {
    this.slots = new Slots(queue);
    this.#port = port;
    this.#shared = shared;
    this.#queue = queue;
  }

  get ended(): boolean {
    return this.#ended;
  }
  end(): void {
    this.#ended = true;
  }

  get closed(): boolean {
    return this.#ended || this.#shared.gate.closed;
  }

  /** Submits a call by its kind, and wakes the owner: its slot. */
  call(kind: number, name: string, args: readonly unknown[]): number {
    const values = [name, ...args];
    return this.#submit(kind, values, `an argument of '${name}'`, undefined, name);
  }

  /** Has the owner connect one more caller, whose port it gets. */
  connect(port: MessagePort, queue: SharedArrayBuffer): number {
    return this.#submit(KIND_CONNECT, [port, queue], 'a port', [port]);
  }

  /** Submits what needs no values. */
  signal(kind: number): number {
    return this.#submit(kind, [], '');
  }

  #submit(
    kind: number,
    values: readonly unknown[],
    what: string,
    moved?: MessagePort[],
    procedure?: string,
  ): number {
    if (this.closed) throw closedEndpointError(procedure);
    const queue = this.#queue;
    const slot = this.slots.take();
    if (slot === undefined) throw queueFullError(queue.capacity);
    // Before anything is written: a getter that runs meanwhile may submit a call of its own.
    this.#sequence = (this.#sequence + 1) | 0;
    const sequence = this.#sequence;
    let length: number;
    try {
      length = this.#write(slot, sequence, values, moved);
    } catch (error) {
      this.slots.giveBack(slot);
      throw notCloneableError(what, error);
    }
    // Closed by a getter.
    if (this.#ended) throw closedEndpointError(procedure);
    queue.describe(slot, kind, length, sequence);
    const { words } = queue;
    const at = queue.stateAt(slot);
    Atomics.store(words, at, CALL_QUEUED);
    queue.submit(slot);
    if (this.#shared.announce()) return slot;
    // Closed meanwhile. What the owner has taken it answers yet; the rest is taken back.
    const state = Atomics.compareExchange(words, at, CALL_QUEUED, CALL_CANCELLED);
    if (state !== CALL_QUEUED) return slot;
    throw closedEndpointError(procedure);
  }

  /** Where a call's values are: their length in the slot, or ON_PORT. */
  #write(
    slot: number,
    sequence: number,
    values: readonly unknown[],
    moved: Transferable[] = transferListOf(values),
  ): number {
    const length = moved.length === 0 ? writeValues(values, this.#queue.values(slot)) : ON_PORT;
    if (length < 0) postParcel(this.#port, sequence, values, moved);
    return length;
  }
}
