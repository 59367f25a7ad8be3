import {
  EPOLL_KNOWN,
  EPOLL_NOT_WITH_EXCLUSIVE,
  EPOLLERR,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  EPOLLWAKEUP,
} from '../../assembly/abi.js';

/** Bit set of epoll flags, 32 bits: see the constants of the same name. */
export type EventSet = number;

/**
 * The flags of epoll_ctl(2). Join them with `|`. `EDGE_TRIGGERED` is bit 31, so that JavaScript's
 * `|` makes a negative number with it: the library takes that number as the same 32 bits, and
 * returns unsigned sets.
 *
 * @example
 * const set = EventSet.IN | EventSet.EDGE_TRIGGERED; // negative
 * EventSet.format(set); // 'IN|EDGE_TRIGGERED'
 * new Events(socket, set).eventSet; // 2147483649
 */
export const EventSet = Object.freeze({
  /** No flag. The kernel still reports ERROR and HANG_UP. */
  EMPTY: 0,
  /** Something can be read, or accepted. EPOLLIN. */
  IN: EPOLLIN as EventSet,
  /** Something can be written, or a connect has ended. EPOLLOUT. */
  OUT: EPOLLOUT as EventSet,
  /** An exceptional condition, such as a GPIO edge or out-of-band data. EPOLLPRI. */
  PRIORITY: EPOLLPRI as EventSet,
  /** An error is pending. Reported whether or not it was asked for. EPOLLERR. */
  ERROR: EPOLLERR as EventSet,
  /** Both directions, or a pipe's writer, are closed. Reported unasked, as ERROR is. EPOLLHUP. */
  HANG_UP: EPOLLHUP as EventSet,
  /** The peer will write no more; reported only when asked for. EPOLLRDHUP. */
  READ_HANG_UP: EPOLLRDHUP as EventSet,
  /** Report a change once, rather than a state at every wait. EPOLLET. */
  EDGE_TRIGGERED: EPOLLET as EventSet,
  /** Report once, then be silent until `rearm` or `modify`. EPOLLONESHOT. */
  ONE_SHOT: EPOLLONESHOT as EventSet,
  /** Keep the system awake while handled; needs CAP_BLOCK_SUSPEND, else ignored. EPOLLWAKEUP. */
  WAKE_UP: EPOLLWAKEUP as EventSet,
  /** Wake one of the epoll instances that watch the file, not all of them. EPOLLEXCLUSIVE. */
  EXCLUSIVE: EPOLLEXCLUSIVE as EventSet,
  /** The flags by name, 'IN|HANG_UP'; 'EMPTY' for none, what has no name in hexadecimal. */
  format,
} as const);

const NAMES: readonly (readonly [EventSet, string])[] = [
  [EPOLLIN, 'IN'],
  [EPOLLOUT, 'OUT'],
  [EPOLLPRI, 'PRIORITY'],
  [EPOLLERR, 'ERROR'],
  [EPOLLHUP, 'HANG_UP'],
  [EPOLLRDHUP, 'READ_HANG_UP'],
  [EPOLLET, 'EDGE_TRIGGERED'],
  [EPOLLONESHOT, 'ONE_SHOT'],
  [EPOLLWAKEUP, 'WAKE_UP'],
  [EPOLLEXCLUSIVE, 'EXCLUSIVE'],
];

/** All the bits that have a name. */
export const KNOWN_EVENTS: EventSet = EPOLL_KNOWN;

/** What may not stand beside EXCLUSIVE: the kernel answers EINVAL. */
export const NOT_WITH_EXCLUSIVE: EventSet = EPOLL_NOT_WITH_EXCLUSIVE;

function format(set: EventSet): string {
  const names = NAMES.filter(([bit]) => (set & bit) !== 0).map(([, name]) => name);
  const rest = (set & ~KNOWN_EVENTS) >>> 0;
  if (rest !== 0) names.push(`0x${rest.toString(16)}`);
  return names.length === 0 ? 'EMPTY' : names.join('|');
}
