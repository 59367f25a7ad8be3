// The interface of a guest to its PluginHost, version 1: docs/plugins.md says what each does.
// What fails returns an errno of Linux, negative.

@external('wem', 'grant')
export declare function grant(name: usize, length: i32): i32;

@external('wem', 'add')
export declare function add(handle: i32, events: i32, data: i32): i32;

@external('wem', 'modify')
export declare function modify(handle: i32, events: i32, data: i32): i32;

@external('wem', 'remove')
export declare function remove(handle: i32): i32;

@external('wem', 'read')
export declare function read(handle: i32, address: usize, length: i32): i32;

@external('wem', 'write')
export declare function write(handle: i32, address: usize, length: i32): i32;

@external('wem', 'set_timer')
export declare function setTimer(id: i32, delay: f64, interval: f64): i32;

@external('wem', 'cancel_timer')
export declare function cancelTimer(id: i32): i32;

@external('wem', 'publish')
export declare function publish(topic: usize, topicLength: i32, address: usize, length: i32): i32;

@external('wem', 'subscribe')
export declare function subscribe(pattern: usize, length: i32): i32;

@external('wem', 'unsubscribe')
export declare function unsubscribe(id: i32): i32;

@external('wem', 'log')
export declare function log(level: i32, address: usize, length: i32): void;

@external('wem', 'now')
export declare function now(): f64;

/** What an entry of a batch is about. */
export const FD = 1;
export const TIMER = 2;
export const GRANTED = 3;
export const REVOKED = 4;

export const IN = 1;
export const OUT = 4;
export const EAGAIN = -11;

/** One entry of a batch: unchecked, and good until the next call. */
@unmanaged
export class Entry {
  /** FD, TIMER, GRANTED or REVOKED. */
  kind: i32;
  /** The handle; of TIMER its number. */
  handle: i32;
  /** The events of epoll; of TIMER how often it came. */
  events: i32;
  /** What `add` was given. */
  data: i32;
}

const BUFFER_BYTES = 65_536;
const buffer = memory.data(BUFFER_BYTES, 8);

/** Where the host puts a batch, a message with its topic, the `config`. */
export function wem_buffer(_size: i32): usize {
  return buffer;
}

export function wem_abi(): i32 {
  return 1;
}

/** The entry of a number below `wem_process`'s count. */
export function entry(index: i32): Entry {
  return changetype<Entry>(buffer + index * sizeof<i32>() * 4);
}
