import type { EventSet } from '../contract/index.js';
import type { Syscalls } from '../sys/index.js';
import type { WasmModule } from '../wasm/index.js';
import type { Member } from './member.js';
import type { Watched } from './record.js';

export interface TableOptions {
  syscalls: Syscalls;
  module: WasmModule;
  memoryMax: number;
  capacity: number;
  capacityMax: number;
  staleMax: number;
}

/** Whom the table tells of what it can't answer for alone. None of it may throw. */
export interface TableObserver {
  /** A registration was found dead, of the subscriber in this slot. */
  evicted(subscriber: number, watched: Watched): void;
  /** A member has registered a fd for this set. */
  added(member: Member, fd: number, set: EventSet): void;
  /** A registration may have begun or ended. */
  changed(): void;
  /** A new epoll instance, with all registrations, is about to take the place of the old. */
  replaced(epfd: number): void;
}
