import { invalidType } from '../contract/index.js';

const ANY_RUN = '*';
const ANY_ONE = '?';

/** The topics or patterns that a plugin may use: a list with `*` and `?`, as of the bus. */
export class TopicRights {
  readonly #patterns: ReadonlySet<string>;

  constructor(name: string, patterns: readonly string[] = []) {
    if (!Array.isArray(patterns) || patterns.some((each) => typeof each !== 'string')) {
      throw invalidType(name, 'a list of topics or patterns', patterns);
    }
    this.#patterns = new Set(patterns);
  }

  /** Whether a topic matches one of the list. */
  covers(topic: string): boolean {
    if (this.#patterns.has(topic)) return true;
    for (const pattern of this.#patterns) if (matches(topic, pattern)) return true;
    return false;
  }

  /** Whether a pattern is on the list, or is a topic that matches one of the list. */
  coversPattern(pattern: string): boolean {
    if (this.#patterns.has(pattern)) return true;
    return !isWild(pattern) && this.covers(pattern);
  }
}

export function isWild(text: string): boolean {
  return text.includes(ANY_RUN) || text.includes(ANY_ONE);
}

/** Goes back to the last `*` alone: at most the product of the two lengths in steps. */
function matches(topic: string, pattern: string): boolean {
  const text = [...topic];
  const wanted = [...pattern];
  let at = 0;
  let star = -1;
  let retry = 0;
  let i = 0;
  while (i < text.length) {
    if (wanted[at] === ANY_RUN) {
      star = at;
      retry = i;
      at += 1;
    } else if (at < wanted.length && (wanted[at] === ANY_ONE || wanted[at] === text[i])) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      at = star + 1;
      retry += 1;
      i = retry;
    } else return false;
  }
  while (wanted[at] === ANY_RUN) at += 1;
  return at === wanted.length;
}
