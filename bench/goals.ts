import type { Goal, Peer } from './workloads.js';

const goal = (target: number, floor: number): Goal => ({ target, floor });

/** What has to hold by `node:ffi`, which costs less than koffi, by the workload or its family. */
const BY_NODE_FFI: Record<string, Partial<Record<Peer, Goal>>> = {
  P1: { 'event-manager': goal(0.84, 0.87), c: goal(1.05, 1.07) },
  P2: { 'event-manager': goal(0.85, 0.87) },
  P3: { 'event-manager': goal(0.95, 1), c: goal(1.15, 1.2) },
  P4: { eventp: goal(1.12, 1.2), 'event-manager': goal(1.12, 1.2), 'c-threads': goal(1.03, 1.1) },
  P5: { eventp: goal(1.12, 1.2), 'event-manager': goal(1.12, 1.2), 'c-threads': goal(1.03, 1.1) },
  P6: { eventp: goal(1.08, 1.15), 'event-manager': goal(1.08, 1.15) },
  P7: { eventp: goal(0.65, 0.7) },
  P8: { 'event-manager': goal(1.05, 1.12) },
};

/** The goal of a workload against a peer, by a way into the kernel. */
export function goalOf(
  { name, peers }: { name: string; peers: Partial<Record<Peer, Goal | null>> },
  peer: Peer,
  way: string,
): Goal | null {
  const family = name.split('.')[0]!;
  if (way.includes('node:ffi')) return BY_NODE_FFI[family]?.[peer] ?? null;
  return peers[peer] ?? null;
}
