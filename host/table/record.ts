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
export interface RegistrationEntry extends Watched {
  readonly state: number;
  readonly subscriber: number;
}

/** Reads one from the core's memory. */
export function readEntry(words: Int32Array, address: number): RegistrationEntry {
  const at = (offset: number) => words[(address + offset) >>> 2]!;
  return {
    fd: at(REGISTRATION_FD),
    interest: at(REGISTRATION_INTEREST) >>> 0,
    data: at(REGISTRATION_DATA) >>> 0,
    state: at(REGISTRATION_STATE) & STATE_MASK,
    subscriber: at(REGISTRATION_SUBSCRIBER),
  };
}
