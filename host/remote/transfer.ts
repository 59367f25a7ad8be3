import type { TransferListItem } from 'node:worker_threads';
import { invalidType } from '../contract/index.js';

const lists = new WeakMap<object, readonly TransferListItem[]>();

/**
 * Marks a value that crosses to the other thread, as an argument or as a result, so that what is
 * listed moves instead of being copied: ArrayBuffers, MessagePorts, streams, … Answers the value.
 * As everywhere, what has moved can't be used any more where it came from.
 *
 * @example
 * endpoint.fire('store', transfer(bytes, [bytes.buffer]));
 */
export function transfer<T extends object>(value: T, list: readonly TransferListItem[]): T {
  if (typeof value !== 'object' || value === null) {
    throw invalidType('What is transferred', 'an object', value);
  }
  if (!Array.isArray(list)) throw invalidType('The transfer list', 'an array', list);
  lists.set(value, list);
  return value;
}

/** All that is to move with these values. */
export function transferListOf(values: readonly unknown[]): TransferListItem[] {
  const items: TransferListItem[] = [];
  for (const value of values) {
    if (typeof value === 'object' && value !== null) items.push(...(lists.get(value) ?? []));
  }
  return items;
}
