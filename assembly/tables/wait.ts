import * as epoll from './epoll';
import { epollFd } from './kernel-entry';
import { collect, growIfFull, kernelAddress, readyCapacity } from './ready-list';

/** One wait: how many entries the ready list holds now, or a status. */
export function wait(timeoutMs: f64): i32 {
  growIfFull();
  const received = epoll.wait(epollFd(), kernelAddress(), readyCapacity(), timeoutMs);
  return received < 0 ? received : collect(received);
}
