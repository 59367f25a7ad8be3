import type { Worker } from 'node:worker_threads';
import { invalidType } from '../contract/index.js';

/** What `postMessage` can move. Versions of Node's types name it differently. */
export type Transferable = NonNullable<Parameters<Worker['postMessage']>[1]>[number];

const lists = new WeakMap<object, readonly Transferable[]>();

/**
 * Marks an argument or a result of a remote call, so that the listed objects move to the other
 * thread and are not copied: ArrayBuffers, MessagePorts, streams, … Returns the value. An object
 * that has moved can't be used any more in this thread.
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
    if (typeof value !== 'object' || value === null) continue;
    for (const item of lists.get(value) ?? []) items.push(item);
  }
  return items;
}
