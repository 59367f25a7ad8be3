import { invalidType, outOfRange } from '../contract/index.js';

/** The longest topic or endpoint, in UTF-16 units. */
export const TOPIC_LENGTH_MAX = 4_096;
/** The longest pattern, in UTF-16 units. */
export const PATTERN_LENGTH_MAX = 2 ** 20;

/** The longest time that Node's timers take: 24.8 days. */
const TIMEOUT_MAX_MS = 2 ** 31 - 1;

const WILD = /[*?]/;
/** What NATS writes for all that follows, and what would only be a letter here. */
const NATS_REST = /(?:^|\.)>$/;
/** Half of a character: no text that is stored or sent as UTF-8 can hold it. */
const LONE_SURROGATE = /\p{Surrogate}/u;

export function isWild(text: string): boolean {
  return WILD.test(text);
}

/** A topic to publish on: not empty, and without `*` and `?` (S39). */
export function checkTopic(topic: unknown): string {
  const text = checkText('A topic', topic, TOPIC_LENGTH_MAX);
  if (isWild(text)) throw outOfRange('A topic to publish on', 'without * and ?', text);
  return text;
}

/** A pattern to subscribe to: `*` is any run of characters, `?` is one. */
export function checkPattern(pattern: unknown): string {
  const text = checkText('A pattern', pattern, PATTERN_LENGTH_MAX);
  if (!NATS_REST.test(text)) return text;
  const like = `${text.slice(0, -1)}*`;
  const meant = `\`*\` is any run here, dots included: ${JSON.stringify(like)}`;
  const range = `without NATS's '>' (${meant})`;
  throw outOfRange('A pattern', range, text);
}

/** The name of an endpoint. */
export function checkEndpoint(endpoint: unknown): string {
  return checkText('An endpoint', endpoint, TOPIC_LENGTH_MAX);
}

/** How long an answer may take: milliseconds, or Infinity. */
export function checkTimeoutMs(timeoutMs: unknown): number {
  if (typeof timeoutMs !== 'number') throw invalidType('timeoutMs', 'a number', timeoutMs);
  if (timeoutMs === Number.POSITIVE_INFINITY) return timeoutMs;
  if (!(timeoutMs >= 0 && timeoutMs <= TIMEOUT_MAX_MS)) {
    throw outOfRange('timeoutMs', `from 0 to ${TIMEOUT_MAX_MS}, or Infinity`, timeoutMs);
  }
  return timeoutMs;
}

function checkText(name: string, text: unknown, longest: number): string {
  if (typeof text !== 'string') throw invalidType(name, 'a string', text);
  if (text === '') throw outOfRange(name, 'not empty', text);
  if (text.length > longest) {
    throw outOfRange(name, `at most ${longest} UTF-16 units long`, text.length);
  }
  if (LONE_SURROGATE.test(text)) {
    throw outOfRange(name, 'well-formed UTF-16, without half a character', text.slice(0, 100));
  }
  return text;
}
