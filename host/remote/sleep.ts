import type { CallQueue } from './call-queue.js';
import { CALL_DONE } from './call-state.js';
import type { Patience } from './patience.js';

/** How often a caller that sleeps asks whether the owner's thread still lives. */
const OWNER_CHECK_MS = 250;
/** Asking for the time costs as much as so many looks. */
const LOOKS = 32;

/** Waits for the answer to a call, until `end` or for as long as the owner's thread lives. */
export function sleepUntilDone(
  queue: CallQueue,
  slot: number,
  end: number,
  patience: Patience,
  isOwnerAlive: () => boolean,
): 'done' | 'timed out' | 'owner died' {
  const { words } = queue;
  const at = queue.stateAt(slot);
  patience.begin();
  do {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      if (Atomics.load(words, at) !== CALL_DONE) continue;
      patience.end(true);
      return 'done';
    }
  } while (patience.left && performance.now() < end);
  patience.end(false);
  for (;;) {
    const state = Atomics.load(words, at);
    if (state === CALL_DONE) return 'done';
    const left = end - performance.now();
    if (left <= 0) return 'timed out';
    // Woken once it is done; the step to STARTED wakes nobody.
    const woken = Atomics.wait(words, at, state, Math.min(left, OWNER_CHECK_MS));
    if (woken === 'timed-out' && !isOwnerAlive()) return 'owner died';
  }
}
