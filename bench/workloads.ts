/** How a scenario exercises the reactor: see README.md. */
export type Mode = 'always' | 'read' | 'edge' | 'churn';
/** How its subscribers count. */
export type Variant = 'own' | 'shared' | 'dynamic';
export type Peer = 'koffi' | 'c' | 'c-threads' | 'event-manager' | 'eventp' | 'mio' | 'epoll';

/** What every contender is asked to do. */
export interface Scenario {
  readonly variant: Variant;
  readonly mode: Mode;
  readonly subscribers: number;
  readonly fdsEach: number;
  /** fds that are ready in each iteration. */
  readonly ready: number;
}

/** A ratio to hold, ours / the peer's: the target, and what is not acceptable any more. */
export interface Goal {
  readonly target: number;
  readonly floor: number;
}

export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly scenario: Scenario;
  /** In the order of the table. Those without a goal are for comparison. */
  readonly peers: Partial<Record<Peer, Goal | null>>;
}

function workload(
  name: string,
  title: string,
  scenario: Partial<Scenario>,
  peers: Workload['peers'],
): Workload {
  const whole = {
    variant: 'own',
    mode: 'always',
    subscribers: 200,
    fdsEach: 1,
    ready: 200,
  } as const;
  return { name, title, scenario: { ...whole, ...scenario }, peers };
}

const goal = (target: number, floor: number): Goal => ({ target, floor });
const mixed = { fdsEach: 3, ready: 400 } as const;
const everyPeer = { eventp: null, mio: null, koffi: null };
const readers = { ...everyPeer, 'c-threads': null };

function readOne(subscribers: number): Workload {
  const peers = { ...readers, eventp: goal(1.3, 1.4), 'event-manager': goal(1.3, 1.4) };
  const scenario = { mode: 'read', subscribers, ready: 1 } as const;
  return workload(
    `P4.${subscribers}`,
    `one of ${subscribers} fds: write, run, read`,
    scenario,
    peers,
  );
}

function readAll(ready: number): Workload {
  const peers = { ...readers, eventp: goal(1.25, 1.35), 'event-manager': goal(1.25, 1.35) };
  const scenario = { mode: 'read', subscribers: ready, ready } as const;
  return workload(`P6.${ready}`, `all of ${ready} fds: write, run, read`, scenario, peers);
}

function readMulti(subscribers: number): Workload {
  const peers = { ...readers, eventp: goal(1.3, 1.4), 'event-manager': goal(1.3, 1.4) };
  const scenario = { mode: 'read', subscribers, fdsEach: 4, ready: 1 } as const;
  return workload(`P5.${subscribers}`, `one of ${subscribers} × 4 fds`, scenario, peers);
}

/** All that is measured by contenders; P9 and P16 are in files of their own. */
export const WORKLOADS: readonly Workload[] = [
  workload(
    'P0',
    '200 ready eventfds, to a bare epoll_wait through koffi',
    {},
    {
      koffi: goal(1.1, 1.15),
    },
  ),
  workload(
    'P1',
    'process_basic: 200 ready eventfds',
    {},
    {
      'event-manager': goal(0.8, 0.87),
      c: goal(1.05, 1.1),
      // mio is edge-triggered: a fd that stays ready it sees once, and would wait for ever.
      eventp: null,
    },
  ),
  workload(
    'P2.mutex',
    'process_with_arc_mutex',
    { variant: 'shared' },
    {
      'event-manager': goal(0.85, 0.9),
    },
  ),
  workload('P2.inner', 'process_with_inner_mut', {}, { 'event-manager': goal(0.85, 0.9) }),
  workload(
    'P2.dynamic',
    'process_dynamic_dispatch: 100 × 3 and 100 × 1 fds',
    {
      variant: 'dynamic',
      ...mixed,
    },
    { 'event-manager': goal(0.85, 0.9) },
  ),
  workload(
    'P3',
    'process_dispatch_few_events: 9 of 200 ready',
    { ready: 9 },
    {
      'event-manager': goal(1, 1.05),
      c: null,
    },
  ),
  ...[1, 100, 10_000].map(readOne),
  // The limit of 20 000 fds here leaves room for 4 500 subscribers of 4 fds, not for 10 000.
  ...[100, 4_500].map(readMulti),
  ...[16, 64, 256, 1_024].map(readAll),
  workload(
    'P7',
    'doorbells: 256 edge-triggered, no read; eventp as it is used, with it',
    {
      mode: 'edge',
      subscribers: 256,
      ready: 256,
    },
    { eventp: goal(0.75, 0.8), mio: null, c: null },
  ),
  workload(
    'P8',
    'add and remove one fd among 1 000',
    { mode: 'churn', subscribers: 1_000, ready: 1 },
    {
      'event-manager': goal(1.3, 1.4),
      mio: null,
      c: null,
    },
  ),
];

/** The events that one iteration has to bring, on every side. */
export function expectedEvents({ scenario }: Workload): number {
  return scenario.ready;
}

/** What a peer does: eventp's users have no doorbell without a read. */
export function scenarioFor(workload: Workload, peer: Peer | 'ours'): Scenario {
  const { scenario } = workload;
  return peer === 'eventp' && scenario.mode === 'edge' ? { ...scenario, mode: 'read' } : scenario;
}

export function argumentsOf(scenario: Scenario): string[] {
  const { variant, mode, subscribers, fdsEach, ready } = scenario;
  return [variant, mode, String(subscribers), String(fdsEach), String(ready)];
}
