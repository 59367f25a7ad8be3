import { invalidType, outOfRange } from '../contract/index.js';

const WHITESPACE = /\s/;
/** A server reads no longer lines (`max_control_line`); the verb and the sizes take their part. */
const SUBJECT_BYTES_MAX = 4_096 - 32;

/** A subject to publish on: tokens between dots, none of them empty or a wildcard. */
export function checkSubject(subject: unknown): string {
  const tokens = tokensOf(subject);
  if (tokens.some((token) => token === '*' || token === '>')) {
    throw outOfRange('A NATS subject to publish on', 'without the wildcards * and >', subject);
  }
  return subject as string;
}

/** Subjects to subscribe to. Where two overlap a message would come twice. */
export function checkSubscriptions(subjects: readonly string[]): readonly string[] {
  const all = subjects.map((subject) => ({ subject, tokens: tokensOf(subject) }));
  for (const [i, { subject, tokens }] of all.entries()) {
    if (tokens.slice(0, -1).includes('>')) {
      throw outOfRange('A NATS subject', 'one that has > only at its end', subject);
    }
    const twin = all.slice(i + 1).find((other) => overlap(tokens, other.tokens));
    if (twin) throw outOfRange('A NATS subject', `apart from "${twin.subject}"`, subject);
  }
  return subjects;
}

/** Whether there is a subject that both match. */
function overlap(a: readonly string[], b: readonly string[]): boolean {
  for (let i = 0; i < a.length && i < b.length; i += 1) {
    if (a[i] === '>' || b[i] === '>') return true;
    if (a[i] !== '*' && b[i] !== '*' && a[i] !== b[i]) return false;
  }
  return a.length === b.length;
}

function tokensOf(subject: unknown): string[] {
  if (typeof subject !== 'string') throw invalidType('A NATS subject', 'a string', subject);
  const tokens = subject.split('.');
  if (WHITESPACE.test(subject) || tokens.includes('')) {
    throw outOfRange('A NATS subject', 'tokens between dots, not empty, without spaces', subject);
  }
  if (subject.length * 3 > SUBJECT_BYTES_MAX && Buffer.byteLength(subject) > SUBJECT_BYTES_MAX) {
    const range = `at most ${SUBJECT_BYTES_MAX} bytes long, in UTF-8`;
    throw outOfRange('A NATS subject', range, Buffer.byteLength(subject));
  }
  return tokens;
}
