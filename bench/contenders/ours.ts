import {
  EventFd,
  EventManager,
  type EventOps,
  EventSet,
  type EventSubscriber,
  Events,
} from 'wasm-event-manager';
import { type Contender, scenarioFromArguments, serve } from '../serve.js';
import type { Scenario } from '../workloads.js';

// The library as a user would write it.

const totals = { events: 0, checksum: 0 };

/** Counts for itself; reads where the scenario says so. */
class Counter implements EventSubscriber {
  count = 0;
  readonly bells: EventFd[];
  readonly set: number;

  constructor(bells: EventFd[], set: number) {
    this.bells = bells;
    this.set = set;
  }

  init(ops: EventOps): void {
    this.bells.forEach((bell, i) => {
      ops.add(new Events(bell, this.set, i));
    });
  }

  process(_events: Events): void {
    this.count += 1;
    totals.events += 1;
    totals.checksum += 1;
  }
}

class Reader extends Counter {
  override process(events: Events): void {
    this.count += 1;
    totals.events += 1;
    if (this.bells[events.data]!.read() !== null) totals.checksum += 1;
  }
}

/** A second kind of subscriber. */
class Single extends Counter {
  override process(events: Events): void {
    this.count += events.data + 1;
    totals.events += 1;
    totals.checksum += 1;
  }
}

/** All subscribers count in one object. */
class Shared extends Counter {
  static readonly state = { count: 0 };
  override process(_events: Events): void {
    Shared.state.count += 1;
    totals.events += 1;
    totals.checksum += 1;
  }
}

function subscriberFor(scenario: Scenario, index: number) {
  if (scenario.mode === 'read') return Reader;
  if (scenario.variant === 'shared') return Shared;
  return scenario.variant === 'dynamic' && index % 2 === 1 ? Single : Counter;
}

function build(scenario: Scenario): Contender {
  const { mode, variant, subscribers, fdsEach, ready } = scenario;
  const manager = new EventManager({ capacity: Math.max(ready, 256) });
  const set = (EventSet.IN | (mode === 'edge' ? EventSet.EDGE_TRIGGERED : 0)) >>> 0;
  const bells: EventFd[] = [];
  const open = () => {
    bells.push(new EventFd(mode === 'always' && bells.length < ready ? 1 : 0));
    return bells.at(-1)!;
  };
  const ids = Array.from({ length: subscribers }, (_, i) => {
    const count = variant === 'dynamic' && i % 2 === 1 ? 1 : fdsEach;
    const Kind = subscriberFor(scenario, i);
    return manager.addSubscriber(new Kind(Array.from({ length: count }, open), set));
  });

  const iterations: Record<Scenario['mode'], (count: number) => void> = {
    always: (count) => {
      for (let i = 0; i < count; i += 1) manager.run();
    },
    read: writeAndRun,
    edge: writeAndRun,
    churn: (count) => {
      const extra = new EventFd();
      const ops = manager.eventOps(ids[0]!);
      for (let i = 0; i < count; i += 1) {
        ops.add(new Events(extra, EventSet.IN));
        ops.remove(extra);
        totals.events += 1;
        totals.checksum += 1;
      }
      extra.close();
    },
  };
  const first = Math.floor((bells.length - ready) / 2);
  function writeAndRun(count: number): void {
    for (let i = 0; i < count; i += 1) {
      for (let k = 0; k < ready; k += 1) bells[first + k]!.write();
      manager.run();
    }
  }
  const iterate = iterations[mode];
  return {
    iterate,
    get events() {
      return totals.events;
    },
    get checksum() {
      return totals.checksum;
    },
  };
}

serve(build(scenarioFromArguments()));
