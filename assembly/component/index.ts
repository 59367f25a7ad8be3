import {
  EBADF,
  ENOENT,
  EPOLL_EVENT_SIZE_PACKED,
  EPOLL_KNOWN,
  EPOLL_NOT_WITH_EXCLUSIVE,
  EPOLLEXCLUSIVE,
  NIL,
  STATUS_OUT_OF_MEMORY,
} from '../abi';
import * as arming from '../tables/arming';
import { dismissEvicted, evicted } from '../tables/eviction';
import { initialize } from '../tables/initialize';
import { epollFd, gone, setEpollFd } from '../tables/kernel-entry';
import * as ops from '../tables/ops';
import { discarded, stale } from '../tables/ready-list';
import { Registration, registrationCount } from '../tables/registration';
import { allocateSubscriber, generationOf, subscriberCount } from '../tables/subscriber-table';
import {
  answer,
  answerEviction,
  answerNothingEvicted,
  answerSubscriber,
  countsAnswer,
  OptionEviction,
  ResultNothingError,
  ResultSubscriberIdError,
  STATUS_ALREADY_OPEN,
  STATUS_INVALID_INTEREST,
  STATUS_INVALID_OPTIONS,
  STATUS_NOT_OPEN,
} from './answer';
import * as epoll from './epoll';
import { Counts } from './layout';
import { isOpen, rebuilds, setRetryOnInterrupt } from './wait';

/**
 * The tables behind the component's world: every function of the interface `reactor`, which
 * wit/reactor.wit describes. A record that is passed in arrives as its fields, one by one.
 */

export { allocate as cabi_realloc, wait } from './wait';

/** INT_MAX / sizeof(struct epoll_event). */
const CAPACITY_LIMIT: u32 = 178956970;
/** A run that no counter of 16 bits reaches. */
const NEVER: i32 = i32.MAX_VALUE;

let opened: bool = false;

export function open(
  capacity: u32,
  capacityMax: u32,
  staleMax: u32,
  retryOnInterrupt: bool,
): ResultNothingError {
  if (opened) return answer(STATUS_ALREADY_OPEN);
  const inRange = capacity > 0 && capacity <= capacityMax && capacityMax <= CAPACITY_LIMIT;
  if (!inRange || staleMax > u16.MAX_VALUE) return answer(STATUS_INVALID_OPTIONS);
  const epfd = epoll.create();
  if (epfd < 0) return answer(epfd);
  const run = staleMax == 0 ? NEVER : <i32>staleMax;
  const status = initialize(epfd, EPOLL_EVENT_SIZE_PACKED, capacity, capacityMax, run);
  opened = status >= 0;
  if (!opened) close();
  setRetryOnInterrupt(retryOnInterrupt);
  return answer(status);
}

export function close(): void {
  if (!isOpen()) return;
  epoll.close(epollFd());
  setEpollFd(-1);
}

export function addSubscriber(): ResultSubscriberIdError {
  if (!isOpen()) return answer(STATUS_NOT_OPEN);
  const slot = allocateSubscriber();
  return slot == NIL ? answer(STATUS_OUT_OF_MEMORY) : answerSubscriber(slot, generationOf(slot));
}

export function removeSubscriber(slot: u32, generation: u32): ResultNothingError {
  return answer(isOpen() ? ops.removeSubscriber(slot, generation) : STATUS_NOT_OPEN);
}

export function add(
  slot: u32,
  generation: u32,
  fd: i32,
  interest: u32,
  data: u32,
): ResultNothingError {
  const objection = objectionTo(fd, interest);
  return answer(objection < 0 ? objection : ops.add(slot, generation, fd, interest, data));
}

export function modify(
  slot: u32,
  generation: u32,
  fd: i32,
  interest: u32,
  data: u32,
): ResultNothingError {
  const objection = objectionTo(fd, interest);
  if (objection < 0) return answer(objection);
  return answerTold(ops.modify(slot, generation, fd, interest, data));
}

export function remove(slot: u32, generation: u32, fd: i32): ResultNothingError {
  const objection = objectionTo(fd, 0);
  return answer(objection < 0 ? objection : ops.remove(slot, generation, fd));
}

export function pause(slot: u32, generation: u32, fd: i32): ResultNothingError {
  const objection = objectionTo(fd, 0);
  if (objection < 0) return answer(objection);
  return answerTold(arming.pause(slot, generation, fd));
}

export function resume(slot: u32, generation: u32, fd: i32): ResultNothingError {
  const objection = objectionTo(fd, 0);
  if (objection < 0) return answer(objection);
  return answerTold(arming.resume(slot, generation, fd));
}

export function rearm(slot: u32, generation: u32, fd: i32): ResultNothingError {
  const objection = objectionTo(fd, 0);
  if (objection < 0) return answer(objection);
  return answerTold(arming.rearm(slot, generation, fd));
}

export function takeEvicted(): OptionEviction {
  const address = evicted();
  if (address == 0) return answerNothingEvicted();
  const registration = changetype<Registration>(address);
  const eviction = answerEviction(registration.fd, registration.data, registration.subscriber);
  dismissEvicted();
  return eviction;
}

export function metrics(): Counts {
  const counts = countsAnswer();
  counts.registrations = registrationCount();
  counts.subscribers = subscriberCount();
  counts.stale = <u64>stale;
  counts.discarded = <u64>discarded;
  counts.gone = <u64>gone;
  counts.rebuilds = rebuilds;
  return counts;
}

/** A registration that was found dead has ended by this answer: it is not evicted besides. */
function answerTold(status: i32): ResultNothingError {
  if (status == -ENOENT && evicted() != 0) dismissEvicted();
  return answer(status);
}

/** Why an operation can't be asked of the tables, or zero. They check no numbers themselves. */
function objectionTo(fd: i32, interest: u32): i32 {
  if (!isOpen()) return STATUS_NOT_OPEN;
  if ((interest & ~EPOLL_KNOWN) != 0) return STATUS_INVALID_INTEREST;
  if ((interest & EPOLLEXCLUSIVE) != 0 && (interest & EPOLL_NOT_WITH_EXCLUSIVE) != 0) {
    return STATUS_INVALID_INTEREST;
  }
  // Above 2^31 - 1 it is negative, and so it is to the kernel.
  return fd < 0 ? -EBADF : 0;
}
