import { ANY_ONE, ANY_RUN, characterSize, isSecondHalf, UNIT } from './characters';
import { findByBits, layOut, NOT_FOUND } from './wildcard-bits';

/** Comparisons for each unit of a topic, after which a stretch is sought in another way. */
const PATIENCE_BITS: i32 = 3;

/** The comparisons that may still be in vain. */
let patience: i32 = 0;

/**
 * Whether a pattern matches a whole topic; addresses of texts, and of what comes behind them.
 *
 * What stands before the first `*` and behind the last has one place. Each stretch between two
 * `*` is sought where the one before it ends, and its first place is taken: what that leaves is
 * the most that any place can leave. So each unit of the topic is passed once, by a search whose
 * time is bounded too: some comparisons, or, when these come to nothing, one step for each 64
 * units of the stretch.
 */
export function matches(pattern: usize, patternEnd: usize, topic: usize, topicEnd: usize): bool {
  while (pattern < patternEnd) {
    const wanted = load<u16>(pattern);
    if (wanted == ANY_RUN) break;
    if (topic >= topicEnd) return false;
    const unit = load<u16>(topic);
    if (wanted != unit && wanted != ANY_ONE) return false;
    topic += wanted == ANY_ONE ? characterSize(unit) : UNIT;
    pattern += UNIT;
  }
  if (pattern >= patternEnd) return topic == topicEnd;
  let wanted = load<u16>(patternEnd - UNIT);
  while (wanted != ANY_RUN) {
    if (topicEnd <= topic) return false;
    const unit = load<u16>(topicEnd - UNIT);
    if (wanted != unit && wanted != ANY_ONE) return false;
    topicEnd -= wanted == ANY_ONE && isSecondHalf(unit) ? UNIT << 1 : UNIT;
    patternEnd -= UNIT;
    wanted = load<u16>(patternEnd - UNIT);
  }
  return matchesBetween(pattern, patternEnd, topic, topicEnd);
}

/** The same for a pattern that begins and ends with `*`. */
function matchesBetween(pattern: usize, patternEnd: usize, topic: usize, topicEnd: usize): bool {
  patience = (<i32>(topicEnd - topic)) << PATIENCE_BITS;
  while (true) {
    while (pattern < patternEnd && load<u16>(pattern) == ANY_RUN) pattern += UNIT;
    if (pattern == patternEnd) return true;
    let stretchEnd = pattern;
    while (load<u16>(stretchEnd) != ANY_RUN) stretchEnd += UNIT;
    topic = find(pattern, stretchEnd, topic, topicEnd);
    if (topic == NOT_FOUND) return false;
    pattern = stretchEnd;
  }
}

/** What comes behind the first place of a stretch in a topic. */
function find(stretch: usize, stretchEnd: usize, topic: usize, topicEnd: usize): usize {
  while (topic < topicEnd) {
    let at = topic;
    let seeking = stretch;
    while (seeking < stretchEnd) {
      // All characters of a stretch have to fit: later there is less room.
      if (at >= topicEnd) return NOT_FOUND;
      const wanted = load<u16>(seeking);
      const unit = load<u16>(at);
      if (wanted != unit && wanted != ANY_ONE) break;
      at += wanted == ANY_ONE ? characterSize(unit) : UNIT;
      seeking += UNIT;
    }
    if (seeking == stretchEnd) return at;
    patience -= <i32>(seeking - stretch);
    if (patience < 0) {
      if (layOut(stretch, stretchEnd)) return findByBits(stretch, stretchEnd, topic, topicEnd);
      // There is no memory for it.
      patience = i32.MAX_VALUE;
    }
    topic += characterSize(load<u16>(topic));
  }
  return NOT_FOUND;
}
