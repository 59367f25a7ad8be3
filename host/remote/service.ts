import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Bell, type Internals, internalsOf } from '../attached/index.js';
import {
  assertStackRoom,
  checkOptions,
  isThenable,
  type SubscriberOps,
} from '../contract/index.js';
import type { GoOn, Hold, Phase } from '../turn/index.js';
import { CallQueue } from './call-queue.js';
import { Connection, type Executor } from './connection.js';
import {
  CAPACITY_DEFAULT,
  checkCapacityOption,
  RemoteEndpoint,
  type RemoteEndpointOptions,
} from './endpoint.js';
import { LocalCaller, type LocalService, type LocalTask } from './local-caller.js';
import { checkProcedures, type Procedure, type Procedures } from './procedures.js';
import { closedEndpointError, drainedCallers, unknownProcedureError } from './remote-error.js';
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
  /** This thread's own calls: those of the present turn, from `#head` on, and the later ones. */
  #tasks: LocalTask[] = [];
  #head = 0;
  #later: LocalTask[] = [];
  /** Those of them that are not answered. */
  readonly #open = new Set<LocalTask>();
  readonly drained = drainedCallers(() => this.#open.size + this.#connections.length);
  /** How many submissions were seen. */
  #seen = 0;
  /** Whether a caller was connected whose calls have not been looked at. */
  #connected = false;
  /** Whether a connection may have calls of the present turn: else none is looked at. */
  #called = false;
  /** Whether `deliver` is still to come in this turn. */
  #awake = false;
  /** Whether something is left of the turn before: it was over its budget, or thrown out of. */
  #unfinished = false;
  #closed = false;

  /** That of a manager, made on first use. @throws ERR_CLOSED, EMFILE, … */
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

  endpoint<P extends Procedures>(options: RemoteEndpointOptions): RemoteEndpoint<P> {
    checkOptions('an endpoint', options, { capacity: true });
    const capacity = checkCapacityOption(options.capacity ?? CAPACITY_DEFAULT);
    return new RemoteEndpoint(new LocalCaller(this, capacity), capacity);
  }

  expose(procedures: Procedures): void {
    const entries = checkProcedures(procedures);
    for (const [name, procedure] of entries) this.#procedures.set(name, procedure);
  }

  get due(): boolean {
    return (
      this.#unfinished ||
      this.#shared.submissions !== this.#seen ||
      this.#connected ||
      this.#later.length > 0
    );
  }

  begin(): void {
    const resumed = this.#unfinished;
    this.#unfinished = true;
    this.#setAwake(true);
    if (resumed) return; // First what is left over.
    const { submissions } = this.#shared;
    this.#called ||= this.#connected || submissions !== this.#seen;
    this.#seen = submissions;
    this.#connected = false;
    if (this.#called) for (const connection of this.#connections) connection.begin();
    this.#tasks = this.#later;
    this.#later = [];
    this.#head = 0;
  }

  deliver(goOn: GoOn): number {
    try {
      assertStackRoom();
      const calls = this.#deliverConnections(this.#deliverTasks(goOn), goOn);
      this.#unfinished = !this.#delivered;
      this.#called = this.#unfinished;
      return calls;
    } finally {
      this.#setAwake(false);
      // Nobody rang for what came meanwhile.
      if (this.due) this.#ring();
    }
  }

  get #delivered(): boolean {
    if (this.#head !== this.#tasks.length) return false;
    return !this.#called || this.#connections.every(({ delivered }) => delivered);
  }

  #deliverTasks(goOn: GoOn): number {
    let calls = 0;
    while (this.#head < this.#tasks.length && (calls === 0 || goOn(calls))) {
      this.#head += 1;
      if (this.#tasks[this.#head - 1]!.run()) calls += 1;
    }
    this.#hold.active = this.#head < this.#tasks.length || this.#later.length > 0;
    return calls;
  }

  #deliverConnections(callsBefore: number, goOn: GoOn): number {
    if (!this.#called) return callsBefore;
    let calls = callsBefore;
    for (const connection of this.#connections) {
      calls = connection.deliver(calls, goOn);
      if (connection.over) this.#dismiss(connection);
    }
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
      if (!isThenable(result)) return;
      // A promise of the library's own: what a thenable throws rejects it.
      new Promise((resolve) => resolve(result)).then(undefined, (error) => this.blame(error));
    } catch (error) {
      this.blame(error);
    }
  }

  stop(): void {
    this.#loop.stop();
  }

  kick(): void {
    this.#ring();
  }

  enqueue(task: LocalTask): void {
    this.#open.add(task);
    this.#later.push(task);
    this.#hold.active = true;
    // Otherwise the end of `deliver` looks at the queue.
    if (this.#later.length === 1 && !this.#awake) this.#ring();
  }

  settled(task: LocalTask): void {
    this.#open.delete(task);
    this.drained.check();
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
    this.drained.check();
  }

  #setAwake(awake: boolean): void {
    this.#awake = awake;
    this.#shared.awake = awake;
  }

  #ring(): void {
    if (!this.#closed) this.#shared.ring();
  }

  /** The error of a call that nobody waits for goes the way of a handler's. */
  blame(error: unknown): void {
    this.#loop.faults.noteFrom(error, () => {});
    if (!this.#loop.running) this.#loop.faults.settleOutside();
  }

  /** Nobody enters any more; then everything that still waits is answered. Whether all are out. */
  #close(): boolean {
    this.#closed = true;
    // One that failed while it was made has nothing to share.
    const nobodyInside = this.#shared?.close() ?? true;
    for (const task of this.#open) task.refuse();
    this.#open.clear();
    // Closing one may bring another: an endpoint that was shared by its holder.
    for (let one = this.#connections.pop(); one; one = this.#connections.pop()) one.close();
    this.drained.check();
    return nobodyInside;
  }
}
