import { constants } from 'node:os';
import { invalidType, outOfRange } from '../contract/index.js';

export type SignalName = NodeJS.Signals;

/** The most that the kernel has, real-time signals included. */
const SIGNAL_MAX = 64;

/** The number of a signal, given as 'SIGTERM' or 15. */
export function signalNumber(signal: unknown): number {
  if (typeof signal !== 'string' && typeof signal !== 'number') {
    throw invalidType('A signal', 'a name such as SIGTERM, or a number', signal);
  }
  const number = typeof signal === 'number' ? signal : numberOf(signal);
  if (number === undefined || !Number.isInteger(number) || number < 1 || number > SIGNAL_MAX) {
    throw outOfRange('A signal', 'one of `os.constants.signals`, or 1 to 64', signal);
  }
  return number;
}

/** The numbers of a list of signals. */
export function signalNumbers(signals: unknown): number[] {
  // A string is iterable too: its letters are no signals.
  if (typeof signals === 'string' || typeof signals === 'number') {
    throw invalidType('The signals', `a list such as [${JSON.stringify(signals)}]`, signals);
  }
  if (typeof (signals as Partial<Iterable<unknown>> | null)?.[Symbol.iterator] !== 'function') {
    throw invalidType('The signals', "a list such as ['SIGTERM']", signals);
  }
  return [...(signals as Iterable<unknown>)].map(signalNumber);
}

/** 'SIGTERM' for 15; 'SIG34' for what has no name of its own. */
export function signalName(number: number): string {
  const entry = Object.entries(constants.signals).find(([, value]) => value === number);
  return entry ? entry[0] : `SIG${number}`;
}

function numberOf(name: string): number | undefined {
  return Object.hasOwn(constants.signals, name) ? constants.signals[name as SignalName] : undefined;
}
