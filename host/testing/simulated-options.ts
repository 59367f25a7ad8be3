import type { OptionNames } from '../contract/index.js';

export interface SimulatedSyscallsOptions {
  /** Bytes of one epoll_event: 12, as on x86-64, or 16, as elsewhere. */
  eventSize?: 12 | 16;
  /** fds that may be open at once, before EMFILE. Default 1024. */
  maxFds?: number;
  /** The first fd. Default 3. */
  firstFd?: number;
  /** The time of day when the kernel is made, in nanoseconds since 1970. Default 0. */
  startNs?: number | bigint;
}

export const SIMULATED_OPTIONS: OptionNames<SimulatedSyscallsOptions> = {
  eventSize: true,
  maxFds: true,
  firstFd: true,
  startNs: true,
};
