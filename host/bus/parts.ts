import { internalsOf } from '../attached/index.js';
import { LiveClock } from '../clock/internal.js';
import { printed } from '../contract/index.js';
import type { EventManager } from '../manager/index.js';
import { NO_SYSCALLS } from '../sys/index.js';
import { Core, TopicTable } from '../wasm/index.js';
import { type BusCounters, Counters } from './counters.js';
import { Delivery } from './delivery.js';
import { Directory } from './directory.js';
import { Endpoints } from './endpoints.js';
import { busClosed } from './faults.js';
import { type MessageBusOptions, resolveBusOptions } from './options.js';
import { BusPhase } from './phase.js';
import { errorPolicy } from './policy.js';
import { Requests } from './requests.js';
import { Subscriptions } from './subscriptions.js';
import { ClockTimeouts, NODE_TIMEOUTS, type Timeouts } from './timeouts.js';

/** Its `then` has no frame of JavaScript: it works where the stack has just overflown. */
const SOON = Promise.resolve();

/** What a bus is made of. */
export class Parts {
  readonly counters = new Counters();
  readonly directory: Directory;
  readonly subscriptions: Subscriptions;
  readonly delivery: Delivery;
  readonly endpoints: Endpoints;
  readonly requests: Requests;
  closed = false;
  /** Whether all was given back. */
  #ended = false;
  readonly #phase: BusPhase | undefined;
  #liveClock: LiveClock | undefined;

  constructor(manager: EventManager<never> | undefined, options: MessageBusOptions) {
    const limits = resolveBusOptions(options);
    const { clock, onError } = limits;
    const { counters } = this;
    const core = new Core(NO_SYSCALLS, limits.module, limits.memoryMax);
    this.directory = new Directory(new TopicTable(core), limits.topicsMax);
    this.subscriptions = new Subscriptions(this.directory, limits.subscriptionsMax);
    const settle = errorPolicy(onError, manager);
    // A bus alone leaves rejections to Node, which reports those that nobody handles.
    const followPromises = onError !== undefined || manager !== undefined;
    const policy = { settle, followPromises };
    this.delivery = new Delivery(this.directory, counters, limits, policy);
    this.endpoints = new Endpoints(this.delivery, counters, limits.endpointsMax);
    let timeouts: Timeouts = NODE_TIMEOUTS;
    if (clock) timeouts = new ClockTimeouts(() => clock);
    else if (manager) timeouts = new ClockTimeouts(() => this.#clockOf(manager));
    this.requests = new Requests(
      this.endpoints,
      this.delivery,
      counters,
      timeouts,
      limits.requestsMax,
    );
    this.#phase = manager && this.#join(manager);
  }

  read(): BusCounters {
    return {
      ...this.counters,
      topics: this.directory.topicCount,
      subscriptions: this.subscriptions.size,
      endpoints: this.endpoints.size,
      pendingRequests: this.requests.size,
      queued: this.delivery.queued,
    };
  }

  /** What `console.log` shows of the bus. */
  print(): string {
    const { topics, subscriptions, endpoints, pendingRequests, queued } = this.read();
    return printed(
      'MessageBus',
      this.closed ? 'closed' : this.#phase ? 'in the turns of a manager' : 'open',
      `topics: ${topics}`,
      `subscriptions: ${subscriptions}`,
      `endpoints: ${endpoints}`,
      pendingRequests > 0 && `pending requests: ${pendingRequests}`,
      queued > 0 && `queued: ${queued}`,
    );
  }

  assertOpen(): void {
    if (this.closed) throw busClosed();
  }

  /** Each step can be taken again, for when the stack ends in the middle of them. */
  close(): void {
    if (this.#ended) return;
    this.closed = true;
    try {
      this.#phase?.remove(this.delivery);
      this.subscriptions.clear();
      this.endpoints.clear();
      this.delivery.close();
      this.requests.close(busClosed);
      this.#liveClock?.dispose();
      this.#ended = true;
    } finally {
      if (!this.#ended) SOON.then(() => this.close());
    }
    this.delivery.settle();
  }

  #join(manager: EventManager<never>): BusPhase {
    const { table, loop } = internalsOf(manager);
    table.assertOpen();
    const phase = BusPhase.of(manager);
    phase.add(this.delivery, () => {
      try {
        this.close();
      } catch (error) {
        loop.faults.report(error, {});
      }
    });
    this.delivery.defer(() => phase.wake());
    return phase;
  }

  /** Made when it is needed: it takes a fd. */
  #clockOf(manager: EventManager<never>): LiveClock {
    this.#liveClock ??= new LiveClock(manager);
    return this.#liveClock;
  }
}
