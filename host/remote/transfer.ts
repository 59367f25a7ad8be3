import type { Worker } from 'node:worker_threads';
import { invalidType } from '../contract/index.js';

/** What `postMessage` can move. Node's types have had two names for it. */
export type Transferable = NonNullable<Parameters<Worker['postMessage']>[1]>[number];

const lists = new WeakMap<object, readonly Transferable[]>();

/**
 * Marks a value that crosses to the other thread, as an argument or as a result, so that what is
 * listed moves instead of being copied: ArrayBuffers, MessagePorts, streams, … Answers the value.
 * As everywhere, what has moved can't be used any more where it came from.
 *
 * @example
 * endpoint.fire('store', transfer(bytes, [bytes.buffer]));
 */
export function transfer<T extends object>(value: T, list: readonly Transferable[]): T {
  if (typeof value !== 'object' || value === null) {
    throw invalidType('What is transferred', 'an object', value);
  }
  if (!Array.isArray(list)) throw invalidType('The transfer list', 'an array', list);
  lists.set(value, list);
  return value;
}

/** All that is to move with these values. */
export function transferListOf(values: readonly unknown[]): Transferable[] {
  const items: Transferable[] = [];
  for (const value of values) {
    if (typeof value === 'object' && value !== null) items.push(...(lists.get(value) ?? []));
  }
  return items;
}
