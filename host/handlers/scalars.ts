import { EventManagerError, Events, TimeEvent } from '../contract/index.js';
import type { HandledEvent } from './events.js';
import type { ScalarType } from './guest-signature.js';

export type Scalar = number | bigint;

/** The whole numbers that a type holds, signed or unsigned. */
const RANGES = {
  i32: [-(2n ** 31n), 2n ** 32n - 1n],
  i64: [-(2n ** 63n), 2n ** 64n - 1n],
} as const;

/** An event as numbers. @throws ERR_MESSAGE_NOT_SCALAR for a message that is none */
export function scalarsOf(event: HandledEvent, name: string): Scalar[] {
  if (event instanceof Events) return [event.fd, event.eventSet, event.data];
  if (event instanceof TimeEvent) return [event.tsEvent, event.tsInit];
  const { message, topic } = event;
  if (typeof message === 'number' || typeof message === 'bigint') return [message];
  throw new EventManagerError(
    'ERR_MESSAGE_NOT_SCALAR',
    `a message on ${topic} is no number: have it passed to '${name}' as a struct`,
  );
}

/**
 * Numbers as a guest's function takes them: one that is missing is 0, one too many is left out.
 *
 * @throws ERR_MESSAGE_NOT_SCALAR for one that would be another number as this type
 */
export function convertAll(
  scalars: readonly Scalar[],
  types: readonly ScalarType[],
  name: string,
): Scalar[] {
  return types.map((type, i) => convert(scalars[i] ?? 0, type, name));
}

function convert(value: Scalar, type: ScalarType, name: string): Scalar {
  // What JavaScript converts by itself.
  if (type !== 'i64' && typeof value === 'number') return value;
  if (type === 'i64' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'bigint' && fits(value, type)) return type === 'i64' ? value : Number(value);
  throw new EventManagerError(
    'ERR_MESSAGE_NOT_SCALAR',
    `'${name}' takes ${type}, and ${typeof value} ${value} is none: send another number, or have ` +
      'it passed as a struct',
  );
}

function fits(value: bigint, type: ScalarType): boolean {
  if (type === 'f32') return isExactly(Math.fround(Number(value)), value);
  if (type === 'f64') return isExactly(Number(value), value);
  const [least, most] = RANGES[type];
  return value >= least && value <= most;
}

function isExactly(number: number, value: bigint): boolean {
  return Number.isFinite(number) && BigInt(number) === value;
}
