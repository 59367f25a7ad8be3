import {
  EBADF,
  EEXIST,
  EINVAL,
  ELOOP,
  EPERM,
  EPOLL_CTL_ADD,
  EPOLL_CTL_MOD,
  EPOLLEXCLUSIVE,
  NIL,
  STATE_DETACHED,
  STATUS_OK,
} from '../abi';
import { ctl } from './epoll';
import { evict } from './eviction';
import { calmAll, slotOf } from './fd-index';
import { epollFd, isForgotten, kernelInterest, setEpollFd } from './kernel-entry';
import { highestRegistration, Registration, registrationAt } from './registration';

/**
 * Moves every live registration to a new epoll instance. The kernel has no way to delete a
 * ghost, the entry of a closed fd whose file lives on in a dup or a child, but it forgets
 * them all with the instance that holds them.
 *
 * The old instance is asked first whether it still knows the fd: a number may by now belong
 * to a file that nobody registered. One that it doesn't know, or whose file the new instance
 * can't watch, is evicted, and the others move. When the new instance refuses for a reason of its
 * own, such as its memory, the old one stays in use.
 */
export function rebuild(epfd: i32): i32 {
  for (let slot: u32 = 1; slot <= highestRegistration(); slot++) {
    const registration = registrationAt(slot);
    if (!isRegistered(registration, slot)) continue;
    let status = ask(registration, slot);
    if (status >= 0) status = move(epfd, registration, slot);
    if (isTheFiles(status)) evict(slot);
    else if (status < 0) return status;
  }
  setEpollFd(epfd);
  calmAll();
  forgetStaleRuns();
  return STATUS_OK;
}

/** Whether the kernel is meant to hold an entry for a slot. */
function isRegistered(registration: Registration, slot: u32): bool {
  if (registration.subscriber == NIL || registration.fd < 0) return false;
  return slotOf(registration.fd) == slot && !registration.is(STATE_DETACHED);
}

/**
 * Asks by a MOD that changes nothing, which an EXCLUSIVE entry refuses by an errno of its own:
 * EBADF where the kernel knows the fd no more. What is refused for another reason isn't known.
 */
function ask(registration: Registration, slot: u32): i32 {
  const fd = registration.fd;
  const generation = registration.generation;
  const interest = kernelInterest(registration);
  const wanted = interest & ~EPOLLEXCLUSIVE;
  const status = ctl(epollFd(), EPOLL_CTL_MOD, fd, wanted, slot, generation);
  if (interest & EPOLLEXCLUSIVE) {
    if (status == -EINVAL) return STATUS_OK;
    if (status >= 0) return -EBADF;
  }
  return isForgotten(status) ? -EBADF : status;
}

function move(epfd: i32, registration: Registration, slot: u32): i32 {
  const interest = kernelInterest(registration);
  return ctl(epfd, EPOLL_CTL_ADD, registration.fd, interest, slot, registration.generation);
}

/** Whether an ADD was refused for what the number names, and not for want of something. */
function isTheFiles(status: i32): bool {
  return (
    status == -EBADF ||
    status == -EPERM ||
    status == -EINVAL ||
    status == -ELOOP ||
    status == -EEXIST
  );
}

function forgetStaleRuns(): void {
  for (let slot: u32 = 1; slot <= highestRegistration(); slot++) registrationAt(slot).stale = 0;
}
