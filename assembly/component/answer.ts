import {
  STATUS_ALREADY_REGISTERED,
  STATUS_INVALID_ID,
  STATUS_NOT_OWNER,
  STATUS_NOT_REGISTERED,
  STATUS_OUT_OF_MEMORY,
} from '../abi';
import {
  Counts,
  ERROR_ALREADY_OPEN,
  ERROR_ALREADY_REGISTERED,
  ERROR_ERRNO,
  ERROR_INVALID_ID,
  ERROR_INVALID_INTEREST,
  ERROR_INVALID_OPTIONS,
  ERROR_NOT_OPEN,
  ERROR_NOT_OWNER,
  ERROR_NOT_REGISTERED,
  ERROR_OUT_OF_MEMORY,
  Eviction,
  SubscriberId,
} from './layout';

/**
 * How the component answers. A function that has more to say than one number writes it here and
 * answers the address; the host reads it before it can call anything else, so that one place
 * serves all and nothing needs to be freed.
 *
 *   0     4         8
 *   +-----+---------+------------+
 *   | 0   |                      |   it was done                    result<_, error>
 *   | 0   | slot    | generation |   a new subscriber               result<subscriber-id, error>
 *   | 0   | address | length     |   entries, which stay in place   result<list<…>, …>
 *   | 1   | error   | errno      |   it was not
 *   | 1   | errno   |                the kernel's own word          result<…, u32>
 *   +-----+---------+------------+
 *
 * The tag and the error are bytes; what fills up their words is looked at by nobody.
 */
@unmanaged
class Result {
  tag: u32;
  first: u32;
  second: u32;
}

export type ResultNothingError = Result;
export type ResultSubscriberIdError = Result;
export type ResultListDeliveryError = Result;
export type ResultListEventU32 = Result;

@unmanaged
export class OptionEviction {
  tag: u32;
  fd: u32;
  data: u32;
  subscriber: u32;
}

export const STATUS_NOT_OPEN = -5201;
export const STATUS_ALREADY_OPEN = -5202;
export const STATUS_INVALID_OPTIONS = -5203;
export const STATUS_INVALID_INTEREST = -5204;

const AREA_SIZE: i32 = 40;
const area: usize = memory.data(AREA_SIZE, sizeof<u64>());

/** Where an answer goes, ours or that of a system call. */
export function result(): Result {
  return changetype<Result>(area);
}

/** Done, or why not: zero and above is success. */
export function answer(status: i32): Result {
  const answered = result();
  answered.tag = status < 0 ? 1 : 0;
  if (status < 0) {
    answered.first = errorOf(status);
    answered.second = -status;
  }
  return answered;
}

export function answerSubscriber(slot: u32, generation: u32): Result {
  const part = offsetof<Result>('first');
  if (offsetof<SubscriberId>('slot') != 0) ERROR('an id begins with its slot');
  if (offsetof<SubscriberId>() != offsetof<Result>() - part) ERROR('an id is two words');
  return answerPair(slot, generation);
}

/** A list that lies ready at an address. */
export function answerList(address: usize, length: i32): Result {
  return answerPair(<u32>address, length);
}

export function answerNothingEvicted(): OptionEviction {
  const answered = changetype<OptionEviction>(area);
  answered.tag = 0;
  return answered;
}

export function answerEviction(fd: i32, data: u32, subscriber: u32): OptionEviction {
  const answered = changetype<OptionEviction>(area);
  const part = offsetof<OptionEviction>('fd');
  if (offsetof<Eviction>('data') + part != offsetof<OptionEviction>('data')) ERROR('data moved');
  if (offsetof<Eviction>() + part != offsetof<OptionEviction>()) ERROR('an eviction has changed');
  answered.tag = 1;
  answered.fd = fd;
  answered.data = data;
  answered.subscriber = subscriber;
  return answered;
}

/** To be filled in by the caller. */
export function countsAnswer(): Counts {
  if (AREA_SIZE < <i32>offsetof<Counts>()) ERROR('the counts need more room');
  return changetype<Counts>(area);
}

function answerPair(first: u32, second: u32): Result {
  const answered = result();
  answered.tag = 0;
  answered.first = first;
  answered.second = second;
  return answered;
}

function errorOf(status: i32): u32 {
  if (status == STATUS_ALREADY_REGISTERED) return ERROR_ALREADY_REGISTERED;
  if (status == STATUS_NOT_REGISTERED) return ERROR_NOT_REGISTERED;
  if (status == STATUS_NOT_OWNER) return ERROR_NOT_OWNER;
  if (status == STATUS_INVALID_ID) return ERROR_INVALID_ID;
  if (status == STATUS_OUT_OF_MEMORY) return ERROR_OUT_OF_MEMORY;
  if (status == STATUS_NOT_OPEN) return ERROR_NOT_OPEN;
  if (status == STATUS_ALREADY_OPEN) return ERROR_ALREADY_OPEN;
  if (status == STATUS_INVALID_OPTIONS) return ERROR_INVALID_OPTIONS;
  if (status == STATUS_INVALID_INTEREST) return ERROR_INVALID_INTEREST;
  return ERROR_ERRNO;
}
