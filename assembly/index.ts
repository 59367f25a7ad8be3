import { STATUS_OK, STATUS_OUT_OF_MEMORY } from './abi';
import * as epoll from './epoll';
import { initializeInterestList } from './interest-list';
import { epollFd, setEpollFd } from './ops';
import {
  collect,
  growReadyList,
  initializeReadyList,
  kernelAddress,
  readyCapacity,
} from './ready-list';
import { initializeRegistrations } from './registration';
import { initializeSubscribers } from './subscriber-table';

export { pause, rearm, resume } from './arming';
export { dismissEvicted, evicted } from './eviction';
export { slotOf } from './interest-list';
export { used as memoryUsed } from './memory';
export { add, find, gone, modify, remove, removeSubscriber } from './ops';
export {
  discarded,
  ghosts,
  header,
  readyCapacity,
  stale,
  takeGhost,
} from './ready-list';
export { rebuild } from './rebuild';
export { registrationAt, registrationCount } from './registration';
export {
  allocateSubscriber,
  generationOf,
  referencedCount,
  setReferenced,
  subscriberCount,
  watchListOf,
} from './subscriber-table';
export { cancelTimer, moveTimer, nextTimer, setTimer, timerCount } from './timers';
export { allocateText } from './topic-text';
export {
  addPattern,
  addTopic,
  matchedSlots,
  matchPatterns,
  matchTopics,
  removePattern,
  removeTopic,
} from './topics';

/** Makes the tables. Called once, before anything else. */
export function initialize(
  epfd: i32,
  eventSize: usize,
  capacity: i32,
  capacityMax: i32,
  staleMax: i32,
): i32 {
  setEpollFd(epfd);
  const done =
    initializeRegistrations() &&
    initializeInterestList() &&
    initializeSubscribers() &&
    initializeReadyList(eventSize, capacity, capacityMax, staleMax);
  return done ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

let full: bool = false;

/** One wait: how many entries the ready list holds now, or a status. */
export function wait(timeoutMs: f64): i32 {
  // A batch that came back full is the sign that there was more to fetch.
  if (full) growReadyList();
  full = false;
  const received = epoll.wait(epollFd(), kernelAddress(), readyCapacity(), timeoutMs);
  if (received < 0) return received;
  full = received == readyCapacity();
  return collect(received);
}
