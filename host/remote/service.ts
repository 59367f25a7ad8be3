import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Bell, type Internals, internalsOf } from '../attached/index.js';
import { invalidType, type SubscriberOps } from '../contract/index.js';
import type { Hold, Phase } from '../turn/index.js';
import { CallQueue } from './call-queue.js';
import { Connection, type Executor, isThenable } from './connection.js';
import {
  CAPACITY_DEFAULT,
  checkCapacityOption,
  RemoteEndpoint,
  type RemoteEndpointOptions,
} from './endpoint.js';
import { LocalCaller, type LocalService, type LocalTask } from './local-caller.js';
import type { Procedure, Procedures } from './procedures.js';
import { closedEndpointError, unknownProcedureError } from './remote-error.js';
import { PROTOCOL, SharedState } from './shared-state.js';

/** What a manager does for remote endpoints: it takes their calls, once a turn. */
export class RemoteService implements Phase, Executor, LocalService {
  readonly #ops: SubscriberOps<never>;
  readonly #loop: Internals['loop'];
  /** A pending call of this thread's keeps an attached manager's process alive. */
  readonly #hold: Hold;
  readonly #bell: Bell;
  readonly #shared: SharedState;
  readonly #procedures = new Map<string, Procedure>();
  #connections: Connection[] = [];
  #tasks: LocalTask[] = [];
  #tasksNow = 0;
  /** How many submissions were seen. */
  #seen = 0;
  /** Whether a caller was connected whose calls have not been looked at. */
  #connected = false;
  /** Whether `deliver` is still to come in this turn. */
  #awake = false;
  #closed = false;

  /** That of a manager, made on first use. @throws ERR_CLOSED, ERR_SYSTEM (EMFILE, …) */
  static of(manager: object): RemoteService {
    const internals = internalsOf(manager);
    const ops = manager as SubscriberOps<never>;
    return internals.part(RemoteService, () => new RemoteService(ops, internals));
  }

  private constructor(ops: SubscriberOps<never>, internals: Internals) {
    this.#ops = ops;
    this.#loop = internals.loop;
    this.#hold = internals.liveness.hold();
    this.#bell = new Bell(internals, 'a remote endpoint', () => this.#close());
    const fdsOfProcess = internals.table.syscalls.fdsOfProcess === true;
    this.#shared = SharedState.create(this.#bell, fdsOfProcess);
    internals.loop.addPhase('remote', this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  get queued(): number {
    return this.#tasks.length;
  }

  endpoint<P extends Procedures>(options: RemoteEndpointOptions): RemoteEndpoint<P> {
    const capacity = checkCapacityOption(options.capacity ?? CAPACITY_DEFAULT);
    return new RemoteEndpoint(new LocalCaller(this, capacity), capacity);
  }

  expose(procedures: Procedures): void {
    if (typeof procedures !== 'object' || procedures === null) {
      throw invalidType('The procedures', 'an object of functions', procedures);
    }
    const entries = Object.entries(procedures);
    for (const [name, procedure] of entries) {
      if (typeof procedure !== 'function') {
        throw invalidType(`The procedure '${name}'`, 'a function', procedure);
      }
    }
    for (const [name, procedure] of entries) this.#procedures.set(name, procedure);
  }

  get due(): boolean {
    return this.#shared.submissions !== this.#seen || this.#connected || this.#tasks.length > 0;
  }

  begin(): void {
    this.#setAwake(true);
    this.#seen = this.#shared.submissions;
    this.#connected = false;
    for (const connection of this.#connections) connection.begin();
    this.#tasksNow = this.#tasks.length;
  }

  deliver(): number {
    let calls = 0;
    for (const task of this.#tasks.splice(0, this.#tasksNow)) if (task.run()) calls += 1;
    this.#hold.active = this.#tasks.length > 0;
    for (const connection of this.#connections) {
      calls += connection.deliver();
      if (connection.over) this.#dismiss(connection);
    }
    this.#setAwake(false);
    // Nobody rang for what came meanwhile.
    if (this.due) this.#ring();
    return calls;
  }

  invoke(name: string, args: unknown[]): unknown {
    const procedure = this.#procedures.get(name);
    if (!procedure) throw unknownProcedureError(name, this.#procedures.keys());
    return procedure(this.#ops, ...args);
  }

  fire(name: string, args: unknown[]): void {
    try {
      const result = this.invoke(name, args);
      if (isThenable(result)) result.then(undefined, (error) => this.#blame(error));
    } catch (error) {
      this.#blame(error);
    }
  }

  stop(): void {
    this.#loop.stop();
  }

  kick(): void {
    this.#ring();
  }

  enqueue(task: LocalTask): void {
    this.#tasks.push(task);
    this.#hold.active = true;
    // Otherwise the end of `deliver` looks at the queue.
    if (this.#tasks.length === 1 && !this.#awake) this.#ring();
  }

  /** Makes room for one more caller: the port that takes it there. */
  share(capacity: number): MessagePort {
    if (this.#closed) throw closedEndpointError();
    const { port1, port2 } = new MessageChannel();
    const queue = CallQueue.create(capacity);
    const shared = this.#shared.buffer;
    port1.postMessage({ protocol: PROTOCOL, shared, queue: queue.buffer });
    this.#attach(port1, queue);
    return port2;
  }

  connect(port: MessagePort, queue: SharedArrayBuffer): void {
    const calls = new CallQueue(queue);
    this.#attach(port, calls);
    // What it has submitted by now may have been counted as seen.
    this.#connected ||= calls.submitted !== 0;
  }

  #attach(port: MessagePort, queue: CallQueue): void {
    // The end of a thread is told by an event, which a thread that blocks in `run` never sees.
    for (const connection of this.#connections) connection.checkCaller();
    for (const over of this.#connections.filter((each) => each.over)) this.#dismiss(over);
    const connection = new Connection(port, queue, this, () => {
      if (connection.over) this.#dismiss(connection);
      else this.#ring();
    });
    // A new list: the present one may be in the middle of being delivered.
    this.#connections = [...this.#connections, connection];
  }

  #dismiss(connection: Connection): void {
    this.#connections = this.#connections.filter((each) => each !== connection);
    connection.close();
  }

  #setAwake(awake: boolean): void {
    this.#awake = awake;
    this.#shared.awake = awake;
  }

  #ring(): void {
    if (!this.#closed) this.#shared.ring();
  }

  /** The error of a call that nobody waits for goes the way of a handler's. */
  #blame(error: unknown): void {
    this.#loop.faults.noteFrom(error, () => {});
    if (!this.#loop.running) this.#loop.faults.settleOutside();
  }

  /** Nobody enters any more; then everything that still waits is answered. Whether all are out. */
  #close(): boolean {
    this.#closed = true;
    // One that failed while it was made has nothing to share.
    const nobodyInside = this.#shared?.close() ?? true;
    for (const task of this.#tasks.splice(0)) task.refuse();
    // Closing one may bring another: an endpoint that was shared by its holder.
    for (let one = this.#connections.pop(); one; one = this.#connections.pop()) one.close();
    return nobodyInside;
  }
}
