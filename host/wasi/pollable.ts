import { EINTR, monotonicNs, pieceOf, pollFds } from '../sys/index.js';
import { isForeign } from './foreign.js';
import { type Guest, Resource, trap } from './guest.js';

/** What a pollable waits for: one of these, or nothing, when it is ready at once. */
export interface Readiness {
  /** A fd, and events of poll(2). */
  readonly fd?: number;
  readonly events?: number;
  /** A time of the monotonic clock. */
  readonly atNs?: bigint;
  /** Whether it is ready by what is known without asking the kernel. */
  settled?(): boolean;
  /** After an event: whether that makes it ready. */
  advance?(): boolean;
}

const MILLISECOND = 1_000_000n;
const POLLFD_WORDS = 2;
const REVENTS_SHIFT = 16;

/**
 * By what property the generated code numbers an object that brings its own number, as pollables of
 * the shim do: ours need one, too, out of their way.
 */
const NUMBER = Symbol.for('cabiRep');

/** Whether a fd has one of these events of poll(2) now. */
export function isReady(fd: number, events: number): boolean {
  return pollFds(new Int32Array([fd, events]), 1, 0n) > 0;
}

/** `wasi:io/poll.pollable`. */
export class Pollable extends Resource {
  readonly [NUMBER]: number;
  readonly #readiness: Readiness;

  constructor(guest: Guest, readiness: Readiness, parent?: Resource) {
    super(guest, parent);
    this[NUMBER] = guest.takeNumber();
    this.#readiness = readiness;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return Pollable.#isOwn(value) || isForeign('Pollable', value);
  }

  static #isOwn(value: unknown): value is Pollable {
    return typeof value === 'object' && value !== null && #readiness in value;
  }

  ready(): boolean {
    return waitFor([this.#use()], 0n).length > 0;
  }

  block(): void {
    waitFor([this.#use()]);
  }

  protected override released(guest: Guest): void {
    guest.giveNumber(this[NUMBER]);
  }

  #use(): Readiness {
    void this.guest;
    return this.#readiness;
  }

  /** What a list of pollables waits for; those of a file are ready, always. */
  static readinessOf(list: readonly unknown[]): Readiness[] {
    return list.map((each) => {
      if (Pollable.#isOwn(each)) return each.#use();
      if (isForeign('Pollable', each)) return {};
      return trap('`poll` was given what is no pollable');
    });
  }
}

/** `wasi:io/poll.poll`: the indices of those that are ready, one at least. */
export function poll(list: readonly unknown[]): Uint32Array {
  if (list.length === 0) trap('`poll` was called with an empty list');
  return Uint32Array.from(waitFor(Pollable.readinessOf(list)));
}

/** Waits until one is ready, or the time is over: the indices of those that are. */
export function waitFor(list: readonly Readiness[], timeoutNs?: bigint): number[] {
  const end = timeoutNs === undefined ? undefined : monotonicNs() + timeoutNs;
  const entries = new Int32Array(POLLFD_WORDS * list.length);
  for (;;) {
    const known = list.flatMap((each, index) => (isKnown(each) ? [index] : []));
    const fds = list.flatMap((each, index) => (isKnown(each) || !hasFd(each) ? [] : [index]));
    const left = known.length > 0 ? 0n : untilNs(earliest(list, end));
    const ready = [...known, ...ask(list, fds, entries, left)];
    if (ready.length > 0) return ready.sort((a, b) => a - b);
    if (end !== undefined && monotonicNs() >= end) return [];
  }
}

const hasFd = (each: Readiness) => each.fd !== undefined;

function isKnown(each: Readiness): boolean {
  if (each.settled?.()) return true;
  if (each.atNs !== undefined) return each.atNs <= monotonicNs();
  return each.fd === undefined;
}

function earliest(list: readonly Readiness[], end: bigint | undefined): bigint | undefined {
  let first = end;
  for (const { atNs } of list)
    if (atNs !== undefined && (first === undefined || atNs < first)) first = atNs;
  return first;
}

function untilNs(deadline: bigint | undefined): bigint | undefined {
  if (deadline === undefined) return undefined;
  const left = deadline - monotonicNs();
  return left > 0n ? left : 0n;
}

/** Asks the kernel about some, waiting for a piece of the time at the most. */
function ask(
  list: readonly Readiness[],
  fds: readonly number[],
  entries: Int32Array,
  left: bigint | undefined,
): number[] {
  if (fds.length === 0 && left === 0n) return [];
  fds.forEach((index, place) => {
    const { fd, events } = list[index]!;
    entries[POLLFD_WORDS * place] = fd!;
    entries[POLLFD_WORDS * place + 1] = events!;
  });
  const status = pollFds(entries, fds.length, pieceNs(left));
  if (status < 0 && status !== -EINTR) trap(`ppoll failed with errno ${-status}`);
  if (status <= 0) return [];
  return fds.filter((index, place) => {
    const fired = entries[POLLFD_WORDS * place + 1]! >> REVENTS_SHIFT !== 0;
    return fired && (list[index]!.advance?.() ?? true);
  });
}

/** A worker comes up for air, so that it can be terminated. */
function pieceNs(left: bigint | undefined): bigint | undefined {
  const piece = pieceOf(left === undefined ? -1 : Number(left / MILLISECOND) + 1);
  if (piece < 0) return undefined;
  const pieceInNs = BigInt(piece) * MILLISECOND;
  return left !== undefined && left < pieceInNs ? left : pieceInNs;
}
