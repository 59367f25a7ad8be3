/**
 * The life of one call, in a word that caller and owner share. Who finds the word changed under
 * its compare-and-swap has lost the race, and goes by what it finds:
 *
 *   FREE ─► QUEUED ─► STARTED ─► DONE ─► FREE         the caller takes the answer
 *              │         │
 *              ▼         ▼
 *         CANCELLED   ABANDONED ─► FREE               the caller gave up; the owner clears away
 *
 * So a call that was cancelled never runs, one that runs is never counted as cancelled, and each
 * is answered once. test/remote-call-model.test.ts walks through all interleavings.
 */
export const CALL_FREE = 0;
export const CALL_QUEUED = 1;
export const CALL_STARTED = 2;
export const CALL_DONE = 3;
export const CALL_CANCELLED = 4;
export const CALL_ABANDONED = 5;

/** Owner: the call's turn has come. */
export function started(state: number): number {
  return state === CALL_QUEUED ? CALL_STARTED : CALL_FREE;
}

/** Owner: it has an answer, which nobody wants where the call was given up. */
export function finished(state: number): number {
  return state === CALL_QUEUED || state === CALL_STARTED ? CALL_DONE : CALL_FREE;
}

/** Caller: it waits no longer. An answer that is there already stays. */
export function givenUp(state: number): number {
  if (state === CALL_QUEUED) return CALL_CANCELLED;
  return state === CALL_STARTED ? CALL_ABANDONED : state;
}

/** Takes a word one step further in its life, and answers what it was before. */
export function advance(words: Int32Array, at: number, step: (state: number) => number): number {
  for (;;) {
    const state = Atomics.load(words, at);
    if (Atomics.compareExchange(words, at, state, step(state)) === state) return state;
  }
}
