import {
  REGISTRATION_DATA,
  REGISTRATION_FD,
  REGISTRATION_INTEREST,
  REGISTRATION_STATE,
  REGISTRATION_SUBSCRIBER,
} from '../../assembly/abi.js';
import type { EventSet } from '../contract/index.js';

const STATE_MASK = 0xffff;

/** What someone wants to be told of a fd. */
export interface Watched {
  readonly fd: number;
  readonly interest: EventSet;
  readonly data: number;
}

/** A registration as it stands in the table. */
export interface RegistrationRecord extends Watched {
  /** STATE_PAUSED, STATE_DISARMED, both or neither. */
  readonly state: number;
  /** The slot of its subscriber. */
  readonly subscriber: number;
}

/** A part in a registration of several: to its subscriber, a registration of its own. */
export interface ShareRecord extends RegistrationRecord {
  modify(interest: EventSet, data: number): void;
  remove(): void;
  pause(): void;
  resume(): void;
  rearm(): void;
  /** Its subscriber begins or ceases to count towards keeping the process alive. */
  refer(): void;
}

/** Reads a record from the core's memory. */
export function readRecord(words: Int32Array, address: number): RegistrationRecord {
  const at = (offset: number) => words[(address + offset) >>> 2]!;
  return {
    fd: at(REGISTRATION_FD),
    interest: at(REGISTRATION_INTEREST) >>> 0,
    data: at(REGISTRATION_DATA) >>> 0,
    state: at(REGISTRATION_STATE) & STATE_MASK,
    subscriber: at(REGISTRATION_SUBSCRIBER),
  };
}
