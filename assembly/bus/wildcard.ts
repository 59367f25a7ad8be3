/**
 * Patterns: `*` is any run of characters, the empty one included, and `?` is one character. A
 * character is a code point: two units where the first is a high surrogate. Texts are UTF-16 and
 * well-formed, so that literal units can be compared one by one.
 */
export const ANY_RUN: u16 = 0x2a;
export const ANY_ONE: u16 = 0x3f;
export const UNIT: usize = sizeof<u16>();

/**
 * Whether a pattern matches a whole topic; addresses of texts, and of what comes behind them.
 *
 * Only the latest `*` is ever taken up again: what an earlier one would leave for it, it can take
 * itself. So the time is at most the topic's length times that of the longest stretch between two
 * `*`, and a pattern can't make it explode.
 */
export function matches(pattern: usize, patternEnd: usize, topic: usize, topicEnd: usize): bool {
  let afterRun: usize = 0;
  let runEnd: usize = 0;
  while (topic < topicEnd) {
    if (pattern < patternEnd) {
      const wanted = load<u16>(pattern);
      if (wanted == ANY_RUN) {
        pattern += UNIT;
        if (pattern == patternEnd) return true;
        afterRun = pattern;
        runEnd = topic;
        continue;
      }
      const unit = load<u16>(topic);
      if (wanted == unit || wanted == ANY_ONE) {
        pattern += UNIT;
        topic += wanted == ANY_ONE ? characterSize(unit) : UNIT;
        continue;
      }
    }
    if (afterRun == 0) return false;
    runEnd += characterSize(load<u16>(runEnd));
    topic = runEnd;
    pattern = afterRun;
  }
  while (pattern < patternEnd && load<u16>(pattern) == ANY_RUN) pattern += UNIT;
  return pattern == patternEnd;
}

function characterSize(unit: u16): usize {
  return (unit & 0xfc00) == 0xd800 ? UNIT << 1 : UNIT;
}
