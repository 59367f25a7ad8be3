import { STATUS_OK, STATUS_OUT_OF_MEMORY } from '../abi';
import { initializeFdIndex } from './fd-index';
import { setEpollFd } from './kernel-entry';
import { initializeReadyList } from './ready-list';
import { initializeRegistrations } from './registration';
import { initializeSubscribers } from './subscriber-table';

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
    initializeFdIndex() &&
    initializeSubscribers() &&
    initializeReadyList(eventSize, capacity, capacityMax, staleMax);
  return done ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}
