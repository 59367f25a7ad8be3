import {
  EPOLL_EVENT_SIZE_PACKED,
  READY_DATA,
  READY_EVENTS,
  READY_FD,
  READY_SIZE,
  READY_SUBSCRIBER,
  STATUS_OK,
} from '../abi';
import { epollFd } from '../tables/kernel-entry';
import {
  collect,
  forgetBatch,
  growIfFull,
  kernelAddress,
  readyAddress,
  readyCapacity,
  takeGhost,
} from '../tables/ready-list';
import { rebuild } from '../tables/rebuild';
import { answer, answerList, ResultListDeliveryError, result, STATUS_NOT_OPEN } from './answer';
import * as epoll from './epoll';
import { Delivery, Event } from './layout';
import { now } from './monotonic-clock';

/**
 * One wait of the component, without a copy: the host lowers its list of events into the ready
 * list's own buffer, where the kernel would have written them, and lifts the deliveries from
 * there. Both layouts agree with the WIT's, or else this does not compile.
 */

const EINTR = 4;

let retryOnInterrupt: bool = false;

/** How often the epoll instance was replaced. */
export let rebuilds: u64 = 0;

export function setRetryOnInterrupt(retry: bool): void {
  retryOnInterrupt = retry;
}

/** Whether there is an epoll instance: after `open`, and until `close`. */
export function isOpen(): bool {
  return epollFd() >= 0;
}

export function wait(hasTimeout: bool, timeout: u64): ResultListDeliveryError {
  if (offsetof<Delivery>() != READY_SIZE) ERROR('a delivery is not as large as a ready entry');
  if (offsetof<Delivery>('events') != READY_EVENTS) ERROR('events has moved');
  if (offsetof<Delivery>('fd') != READY_FD) ERROR('fd has moved');
  if (offsetof<Delivery>('data') != READY_DATA) ERROR('data has moved');
  if (offsetof<Delivery>('subscriber') != READY_SUBSCRIBER) ERROR('subscriber has moved');
  if (!isOpen()) return answer(STATUS_NOT_OPEN);
  if (takeGhost()) replaceInstance();
  growIfFull();
  const received = receive(hasTimeout, timeout);
  if (received < 0) return answer(received);
  const count = collect(received);
  // The entries stay where they are for the host to read, but the list forgets them: handed over
  // is handled.
  forgetBatch();
  return answerList(readyAddress(), count);
}

/** The canonical ABI's allocator. Only one list ever comes in: the events of `epoll.wait`. */
export function allocate(_old: usize, _oldSize: usize, _alignment: usize, size: usize): usize {
  if (offsetof<Event>() != EPOLL_EVENT_SIZE_PACKED) ERROR('an event is not a packed epoll_event');
  if (offsetof<Event>('events') != 0) ERROR('events has moved');
  if (offsetof<Event>('slot') != 4) ERROR('slot has moved');
  if (offsetof<Event>('generation') != 8) ERROR('generation has moved');
  // More than was asked for would be written past the end.
  if (size > <usize>readyCapacity() * EPOLL_EVENT_SIZE_PACKED) unreachable();
  return kernelAddress();
}

/** How many events came, or an errno, negated. */
function receive(hasTimeout: bool, timeout: u64): i32 {
  const measured = hasTimeout && retryOnInterrupt && timeout > 0;
  const deadline = measured ? later(now(), timeout) : 0;
  let left = timeout;
  while (true) {
    const received = receiveOnce(hasTimeout, left);
    if (received != -EINTR) return received;
    if (!retryOnInterrupt) return 0;
    if (!hasTimeout) continue;
    const present = measured ? now() : deadline;
    if (present >= deadline) return 0;
    left = deadline - present;
  }
}

function receiveOnce(hasTimeout: bool, timeout: u64): i32 {
  const answered = result();
  epoll.wait(epollFd(), readyCapacity(), hasTimeout, timeout, answered);
  // The tag is a byte, and what is beside it is of an earlier answer.
  if (<u8>answered.tag != 0) return -(<i32>answered.first);
  return answered.second;
}

/** The end of a timeout. One that ends after the clock does ends with it. */
function later(start: u64, timeout: u64): u64 {
  return timeout > u64.MAX_VALUE - start ? u64.MAX_VALUE : start + timeout;
}

/** Leaves ghosts behind. Where that fails, the old instance stays, and they with it. */
function replaceInstance(): void {
  const previous = epollFd();
  const epfd = epoll.create();
  if (epfd < 0) return;
  const replaced = rebuild(epfd) == STATUS_OK;
  if (replaced) rebuilds += 1;
  epoll.close(replaced ? previous : epfd);
}
