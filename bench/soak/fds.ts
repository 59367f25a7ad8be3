import { closeSync } from 'node:fs';
import { EventFd, EventSet, type EventSubscriber, Events } from 'wasm-event-manager';
import { createEventFd, duplicate, resetEventFd, ringEventFd } from '../../host/sys/index.js';
import type { Ground, Load } from './load.js';

const STEP = 64;
/**
 * One in so many is closed behind the manager's back, and one in so many of those has a dup: its
 * entry stays, and has the epoll instance rebuilt. */
const RAW = 8;
const GHOST = 64;
/** So long a dup stays. */
const HAUNTING_STEPS = 8;

interface Entry {
  readonly fd: number;
  readonly source: EventFd | undefined;
  heard: boolean;
}

/** Ten thousand eventfds: each is registered, rung once, heard once, and replaced by another. */
export function fdLoad({ manager, random, fds }: Ground): Load {
  const ring: Entry[] = [];
  const byFd = new Map<number, Entry>();
  const counts = { rung: 0, heard: 0, made: 0, ended: 0 };
  const haunting: { dup: number; since: number }[] = [];
  let steps = 0;
  let next = 0;
  let closing = false;

  const subscriber: EventSubscriber = {
    process({ fd, readable }) {
      const entry = byFd.get(fd);
      if (!entry || !readable || entry.heard) throw new Error(`an event of fd ${fd}, unasked`);
      entry.heard = true;
      if (entry.source) entry.source.read();
      else resetEventFd(fd);
      counts.heard += 1;
    },
  };
  const id = manager.addSubscriber(subscriber);
  const ops = manager.eventOps(id);

  function make(at: number): void {
    const raw = at % RAW === 0;
    const source = raw ? undefined : new EventFd();
    const fd = source?.fd ?? createEventFd(0, false);
    const entry = { fd, source, heard: false };
    byFd.set(fd, entry);
    ring[at] = entry;
    const how = raw ? 0 : EventSet.EDGE_TRIGGERED;
    ops.add(new Events(source ?? fd, EventSet.IN | how));
    counts.made += 1;
    counts.rung += 1;
    if (source) source.write(1n);
    else ringEventFd(fd);
  }

  function end({ fd, source, heard }: Entry): void {
    if (!heard) throw new Error(`fd ${fd} was rung, and nobody heard it`);
    byFd.delete(fd);
    counts.ended += 1;
    if (source) {
      if (random() < 0.5) ops.remove(source);
      source.close();
      return;
    }
    // What is watched is closed elsewhere; with a dup its entry stays, and rings.
    if (random() < 1 / GHOST) haunting.push({ dup: duplicate(fd), since: steps });
    closeSync(fd);
    const { dup } = haunting.at(-1) ?? {};
    if (dup !== undefined) ringEventFd(dup);
  }

  for (let at = 0; at < fds; at += 1) make(at);
  return {
    name: 'fds',
    idle: () => counts.rung === counts.heard,
    step() {
      if (closing || !this.idle()) return;
      steps += 1;
      while (haunting[0] && haunting[0].since + HAUNTING_STEPS < steps) {
        closeSync(haunting.shift()!.dup);
      }
      for (let i = 0; i < STEP; i += 1) {
        end(ring[next]!);
        make(next);
        next = (next + 1) % fds;
      }
    },
    sums: () => ({
      'rings heard': [counts.rung, counts.heard],
      'fds ended': [counts.made, counts.ended + byFd.size],
    }),
    close() {
      closing = true;
      for (const entry of ring) end(entry);
      for (const { dup } of haunting) closeSync(dup);
      manager.removeSubscriber(id);
    },
  };
}
