import { types } from 'node:util';
import { EventManagerError } from '../contract/index.js';
import { RemoteTimeoutError, readSafely } from './remote-error.js';

/**
 * An error on its way to another thread: structured clone would lose code, class, cause and more.
 * It stands in a list with those that it refers to, the first being the one that was thrown.
 */
interface DescribedError {
  /** The nearest of its classes that both sides have. */
  type: string;
  name: string;
  message: string;
  stack: string | undefined;
  /** Its other properties, as far as they can travel: cause, errors, code, errno, syscall, … */
  properties: [key: string, value: DescribedValue, enumerable: boolean][];
}

/** An error by its place in the list, a list of such values, or any other value. */
type DescribedValue = { error: number } | { list: DescribedValue[] } | { value: unknown };

export type ErrorMessage = DescribedError[];

/** Where an error was made that reached this thread by a remote call. */
const REMOTE_STACK = 'remoteStack';
/** Of one cause behind the other, in case each makes the next when it is asked. */
const ERRORS_MAX = 10_000;
/** What an error has that goes its own way. */
const OWN_WAY = new Set(['name', 'message', 'stack', REMOTE_STACK]);

/** From the special to the general. */
const TYPES: Record<string, { readonly prototype: Error }> = {
  RemoteTimeoutError,
  EventManagerError,
  AggregateError,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  DOMException,
  Error,
};

/** Takes an error apart; undefined for a thrown value that isn't one. Does not throw. */
export function describeError(error: unknown): ErrorMessage | undefined {
  if (!isError(error)) return undefined;
  const errors = [error];
  const places = new Map([[error, 0]]);
  const refer = (value: unknown): DescribedValue | undefined => {
    if (!isError(value)) return describedValue(value, refer);
    const known = places.get(value);
    if (known !== undefined) return { error: known };
    if (errors.length === ERRORS_MAX) return undefined;
    places.set(value, errors.length);
    return { error: errors.push(value) - 1 };
  };
  const described: ErrorMessage = [];
  // It grows meanwhile.
  for (const each of errors) described.push(describe(each, refer));
  return described;
}

/** Puts an error together again: same class where this side has it, both stacks. */
export function reviveError(message: ErrorMessage): Error {
  const errors = message.map(create);
  message.forEach(({ properties }, i) => {
    for (const [key, value, enumerable] of properties) {
      define(errors[i]!, key, revive(value, errors), enumerable);
    }
  });
  message.forEach(({ name, message: text, stack }, i) => {
    const error = errors[i]!;
    if (error.name !== name) define(error, 'name', name, false);
    define(error, REMOTE_STACK, stack, false);
    // The stack's first line was written with the name of then.
    const local = (error.stack ?? '').split('\n').slice(1).join('\n');
    const both = `${name}: ${text}\n${local}\n  in the other thread:\n${stack ?? ''}`;
    define(error, 'stack', both, false);
  });
  return errors[0]!;
}

function isError(value: unknown): value is Error {
  return readSafely(() => types.isNativeError(value) || value instanceof Error, false);
}

function describe(
  error: Error,
  refer: (value: unknown) => DescribedValue | undefined,
): DescribedError {
  const text = (key: 'name' | 'message' | 'stack', instead: string | undefined) => {
    const value: unknown = readSafely(() => error[key], instead);
    return typeof value === 'string' ? value : instead;
  };
  const properties: DescribedError['properties'] = [];
  for (const [key, { enumerable }] of descriptorsOf(error)) {
    if (OWN_WAY.has(key)) continue;
    const value = readSafely(() => refer(error[key as keyof Error]), undefined);
    if (value) properties.push([key, value, enumerable ?? false]);
  }
  return {
    type: typeOf(error),
    name: text('name', 'Error')!,
    message: text('message', '')!,
    stack: text('stack', undefined),
    properties,
  };
}

function descriptorsOf(error: Error): [string, PropertyDescriptor][] {
  return readSafely(() => Object.entries(Object.getOwnPropertyDescriptors(error)), []);
}

function typeOf(error: Error): string {
  const isOf = (type: string) => error instanceof (TYPES[type] as typeof Error);
  return readSafely(() => Object.keys(TYPES).find(isOf), undefined) ?? 'Error';
}

/** A value that is no error; undefined for one that can't travel. */
function describedValue(
  value: unknown,
  refer: (value: unknown) => DescribedValue | undefined,
): DescribedValue | undefined {
  if (Array.isArray(value) && value.some(isError)) {
    return { list: value.map((each) => refer(each) ?? { value: undefined }) };
  }
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return { value };
  return readSafely<DescribedValue | undefined>(
    () => ({ value: structuredClone(value) }),
    undefined,
  );
}

function create({ type, name, message }: DescribedError): Error {
  if (type === 'DOMException') return new DOMException(message, name);
  const error = new Error(message);
  Object.setPrototypeOf(error, TYPES[type]!.prototype);
  return error;
}

function revive(described: DescribedValue, errors: readonly Error[]): unknown {
  if ('error' in described) return errors[described.error];
  if ('list' in described) return described.list.map((each) => revive(each, errors));
  return described.value;
}

function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
