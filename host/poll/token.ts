import { invalidType, outOfRange } from '../contract/index.js';

/** What an event is told by: a number of the user's choice. Not checked for being unique. */
export type Token = number & { readonly __token?: never };

/** Checks a token: an integer from 0 to 2⁵³−1. Plain numbers do as well wherever one is taken. */
export function Token(value: number): Token {
  if (typeof value !== 'number') throw invalidType('A token', 'a number', value);
  if (!Number.isSafeInteger(value) || value < 0) {
    throw outOfRange('A token', 'an integer from 0 to 2⁵³−1', value);
  }
  return value as Token;
}
