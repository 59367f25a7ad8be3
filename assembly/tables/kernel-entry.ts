import {
  EBADF,
  EEXIST,
  EINVAL,
  ENOENT,
  EPERM,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLEXCLUSIVE,
  EPOLLONESHOT,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_PAUSED,
} from '../abi';
import { ctl } from './epoll';
import { evict } from './eviction';
import { Registration } from './registration';

/** A registration's entry in the kernel: how it is made, changed and silenced, and how it ends. */

/**
 * What the kernel is told of a registration that is to be silent. An empty interest would not
 * do: ERR and HUP come unasked, at every wait. A one-shot entry brings them once at most, and
 * that once is discarded.
 */
const SILENT: u32 = EPOLLONESHOT;

let epfd: i32 = -1;

/** Registrations that ended after the kernel had forgotten them. */
export let gone: f64 = 0;

export function noteGone(): void {
  gone += 1;
}

export function epollFd(): i32 {
  return epfd;
}

export function setEpollFd(fd: i32): void {
  epfd = fd;
}

/** What the kernel is to hold of a registration. */
export function kernelInterest(registration: Registration): u32 {
  const silent = registration.is(STATE_PAUSED | STATE_DISARMED);
  return silent ? SILENT : registration.interest;
}

/**
 * Makes an entry for a fd of which the table has none. EEXIST is the ghost of an earlier
 * registration, whose file came back under its old number. It is deleted, as it may be EXCLUSIVE,
 * and that can't be modified.
 */
export function enter(fd: i32, interest: u32, slot: u32, generation: u32): i32 {
  const status = ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, generation);
  if (status != -EEXIST) return status;
  ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
  return ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, generation);
}

/**
 * Makes the kernel watch for `interest`. It refuses to modify an EXCLUSIVE entry, or to make
 * one of an entry that it has: there it takes a DEL and an ADD, which are two steps.
 */
export function rewatch(registration: Registration, slot: u32, interest: u32): i32 {
  const fd = registration.fd;
  const generation = registration.generation;
  if (registration.is(STATE_DETACHED)) {
    const status = enter(fd, interest, slot, generation);
    if (status == -EBADF || status == -EPERM) return lose(slot);
    if (status >= 0) registration.leave(STATE_DETACHED);
    return status;
  }
  if (!((registration.interest | interest) & EPOLLEXCLUSIVE)) {
    return loseIfForgotten(slot, ctl(epfd, EPOLL_CTL_MOD, fd, interest, slot, generation));
  }
  let status = ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
  if (status < 0) return loseIfForgotten(slot, status);
  status = ctl(epfd, EPOLL_CTL_ADD, fd, interest, slot, generation);
  if (status < 0 && ctl(epfd, EPOLL_CTL_ADD, fd, registration.interest, slot, generation) < 0) {
    // Neither the new nor the old: it ends, for its owner to be told.
    evict(slot);
  }
  return status;
}

/** Makes the kernel report nothing more of a registration. */
export function silence(registration: Registration, slot: u32): i32 {
  const fd = registration.fd;
  if (registration.interest & EPOLLEXCLUSIVE) {
    const status = ctl(epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
    if (status >= 0) registration.enter(STATE_DETACHED);
    return loseIfForgotten(slot, status);
  }
  const status = ctl(epfd, EPOLL_CTL_MOD, fd, SILENT, slot, registration.generation);
  return loseIfForgotten(slot, status);
}

/**
 * Whether a MOD or a DEL has answered that there is no such entry. ENOENT: the file is another's;
 * EBADF: none; EPERM: one that can't be polled, such as a regular file; EINVAL: the epoll instance
 * itself, or, for a MOD, the ghost of an EXCLUSIVE registration, as ours are not modified.
 */
export function isForgotten(status: i32): bool {
  return status == -ENOENT || status == -EBADF || status == -EPERM || status == -EINVAL;
}

function loseIfForgotten(slot: u32, status: i32): i32 {
  return isForgotten(status) ? lose(slot) : status;
}

/** Ends a registration whose fd was closed, for its owner to be told. */
function lose(slot: u32): i32 {
  noteGone();
  evict(slot);
  return -ENOENT;
}
