/**
 * What wit/reactor.wit calls a record, as a class: AssemblyScript lays it out as the component
 * model's canonical ABI does. And the numbers of the cases of `error`. Held to the WIT by
 * test/component-layout.test.ts.
 */

@unmanaged
export class Event {
  events: u32;
  slot: u32;
  generation: u32;
}

export const ERROR_NOT_OPEN = 0;
export const ERROR_ALREADY_OPEN = 1;
export const ERROR_INVALID_OPTIONS = 2;
export const ERROR_ALREADY_REGISTERED = 3;
export const ERROR_NOT_REGISTERED = 4;
export const ERROR_NOT_OWNER = 5;
export const ERROR_INVALID_ID = 6;
export const ERROR_INVALID_INTEREST = 7;
export const ERROR_OUT_OF_MEMORY = 8;
export const ERROR_ERRNO = 9;

@unmanaged
export class Delivery {
  events: u32;
  fd: u32;
  data: u32;
  subscriber: u32;
}

@unmanaged
export class SubscriberId {
  slot: u32;
  generation: u32;
}

@unmanaged
export class Eviction {
  fd: u32;
  data: u32;
  subscriber: u32;
}

@unmanaged
export class Counts {
  registrations: u32;
  subscribers: u32;
  stale: u64;
  discarded: u64;
  gone: u64;
  rebuilds: u64;
}
