/**
 * Patterns: `*` is any run of characters, the empty one included, and `?` is one character. A
 * character is a code point: two units where the first is a high surrogate. Texts are UTF-16 and
 * well-formed, so that literal units can be compared one by one.
 */
export const ANY_RUN: u16 = 0x2a;
export const ANY_ONE: u16 = 0x3f;
export const UNIT: usize = sizeof<u16>();

/** The size of the character that begins with a unit. */
export function characterSize(unit: u16): usize {
  return isFirstHalf(unit) ? UNIT << 1 : UNIT;
}

export function isFirstHalf(unit: u16): bool {
  return (unit & 0xfc00) == 0xd800;
}

export function isSecondHalf(unit: u16): bool {
  return (unit & 0xfc00) == 0xdc00;
}
