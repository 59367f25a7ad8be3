import {
  EINVAL,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLEXCLUSIVE,
  NIL,
  STATE_DETACHED,
  STATE_DISARMED,
  STATE_PAUSED,
  STATUS_OK,
} from '../abi';
import { SILENT } from './arming';
import { ctl } from './epoll';
import { evict } from './eviction';
import { slotOf } from './fd-index';
import { epollFd, isForgotten, setEpollFd } from './ops';
import { highestRegistration, Registration, registrationAt } from './registration';

/**
 * Moves every live registration to a new epoll instance. The kernel has no way to delete a
 * ghost, the entry of a closed fd whose file lives on in a dup or a child, but it forgets
 * them all with the instance that holds them.
 *
 * The old instance is asked first whether it still knows the fd: a number may by now belong
 * to a file that nobody registered. When the new one refuses, the old one stays in use.
 */
export function rebuild(epfd: i32): i32 {
  for (let slot: u32 = 1; slot <= highestRegistration(); slot++) {
    const registration = registrationAt(slot);
    if (!isRegistered(registration, slot)) continue;
    if (!isKnown(registration, slot)) {
      evict(slot);
      continue;
    }
    const fd = registration.fd;
    const generation = registration.generation;
    const status = ctl(epfd, EPOLL_CTL_ADD, fd, kernelInterest(registration), slot, generation);
    if (status < 0) return status;
  }
  setEpollFd(epfd);
  forgetStaleRuns();
  return STATUS_OK;
}

/** Whether the kernel is meant to hold an entry for a slot. */
function isRegistered(registration: Registration, slot: u32): bool {
  if (registration.subscriber == NIL || registration.fd < 0) return false;
  return slotOf(registration.fd) == slot && !registration.is(STATE_DETACHED);
}

/** Asks by a MOD that changes nothing. An EXCLUSIVE entry refuses it, but by another errno. */
function isKnown(registration: Registration, slot: u32): bool {
  const fd = registration.fd;
  const generation = registration.generation;
  const interest = kernelInterest(registration) & ~EPOLLEXCLUSIVE;
  const status = ctl(epollFd(), EPOLL_CTL_MOD, fd, interest, slot, generation);
  return status == -EINVAL || !isForgotten(status);
}

function kernelInterest(registration: Registration): u32 {
  const silent = registration.is(STATE_PAUSED | STATE_DISARMED);
  return silent ? SILENT : registration.interest;
}

function forgetStaleRuns(): void {
  for (let slot: u32 = 1; slot <= highestRegistration(); slot++) registrationAt(slot).stale = 0;
}
