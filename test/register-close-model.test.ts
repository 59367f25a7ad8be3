import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as gate from '../host/sys/gate.js';
import { explore, type Model } from './fixtures/explorer.js';

/**
 * The gate between registering and closing, with the transitions that the real one is made of. A
 * user loads the word, swaps it, does its operation, and swaps the word back; the closer swaps,
 * waits, and closes the fd. Each load and each swap is a step, and any user may die at any of them.
 */
interface User {
  at: 'load' | 'swap' | 'waiting' | 'inside' | 'leave' | 'leaving' | 'refused' | 'done' | 'dead';
  /** What was loaded last. */
  word: number;
}
interface State {
  word: number;
  fdOpen: boolean;
  users: User[];
  closer: { at: 'load' | 'swap' | 'waiting' | 'bury' | 'close' | 'done'; word: number };
  deathsLeft: number;
}
type Transitions = Pick<typeof gate, 'entered' | 'left' | 'closing' | 'holder' | 'refuses'>;

function modelOf(users: number, deaths: number, transitions: Transitions): Model<State> {
  const { entered, left, closing, holder, refuses } = transitions;
  const isDead = (state: State, thread: number) => state.users[thread - 1]?.at === 'dead';
  const swap = (state: State, from: number, to: number) => {
    if (state.word !== from) return false;
    state.word = to;
    return true;
  };

  function userStep(state: State, i: number): boolean {
    const user = state.users[i]!;
    const thread = i + 1;
    switch (user.at) {
      case 'load':
        user.word = state.word;
        if (refuses(user.word)) user.at = 'refused';
        else user.at = entered(user.word, thread) === undefined ? 'waiting' : 'swap';
        return true;
      case 'swap':
        user.at = swap(state, user.word, entered(user.word, thread)!) ? 'inside' : 'load';
        return true;
      case 'waiting':
        if (state.word === user.word) {
          // Asleep, until a time-out tells it to ask whether the holder lives.
          if (!isDead(state, holder(user.word))) return false;
          swap(state, user.word, left(user.word));
        }
        user.at = 'load';
        return true;
      case 'inside':
        if (!state.fdOpen) throw new Error('used a fd that was closed');
        user.at = 'leave';
        return true;
      case 'leave':
        user.word = state.word;
        user.at = 'leaving';
        return true;
      case 'leaving':
        user.at = swap(state, user.word, left(user.word)) ? 'done' : 'leave';
        return true;
      default:
        return false;
    }
  }

  function closerStep(state: State): boolean {
    const { closer } = state;
    switch (closer.at) {
      case 'load':
        closer.word = state.word;
        closer.at = 'swap';
        return true;
      case 'swap':
        if (!swap(state, closer.word, closing(closer.word))) closer.at = 'load';
        else closer.at = state.word === gate.GATE_CLOSED ? 'close' : 'waiting';
        return true;
      case 'waiting':
        if (state.word === gate.GATE_CLOSED) closer.at = 'close';
        else if (isDead(state, holder(state.word))) closer.at = 'bury';
        else return false;
        return true;
      case 'bury':
        swap(state, state.word, left(state.word));
        closer.at = 'waiting';
        return true;
      case 'close':
        state.fdOpen = false;
        closer.at = 'done';
        return true;
      default:
        return false;
    }
  }

  const ended = ({ at }: User) => at === 'done' || at === 'refused' || at === 'dead';
  return {
    initial: {
      word: gate.GATE_OPEN,
      fdOpen: true,
      users: Array.from({ length: users }, () => ({ at: 'load', word: 0 }) as User),
      closer: { at: 'load', word: 0 },
      deathsLeft: deaths,
    },
    steps(state) {
      const next: State[] = [];
      const attempt = (step: (copy: State) => boolean) => {
        const copy = structuredClone(state);
        if (step(copy)) next.push(copy);
      };
      attempt(closerStep);
      state.users.forEach((user, i) => {
        attempt((copy) => userStep(copy, i));
        if (state.deathsLeft > 0 && !ended(user)) attempt((copy) => die(copy, i));
      });
      return next;
    },
    isEnd: (state) => state.closer.at === 'done' && state.users.every(ended),
  };
}

function die(state: State, i: number): boolean {
  state.users[i]!.at = 'dead';
  state.deathsLeft -= 1;
  return true;
}

for (const [users, deaths] of [
  [1, 0],
  [2, 0],
  [3, 0],
  [1, 1],
  [2, 1],
  [2, 2],
] as const) {
  test(`S34: no interleaving of ${users} users and ${deaths} deaths breaks the gate`, () => {
    const { states, ends } = explore(modelOf(users, deaths, gate));
    assert.ok(states > 20, `${states} states`);
    for (const end of ends) {
      assert.is(end.word, gate.GATE_CLOSED);
      assert.is(end.fdOpen, false);
    }
    // Both ends exist: who came in time was served, and who came late was refused.
    const all = ends.flatMap((end) => end.users.map(({ at }) => at));
    assert.ok(all.includes('done') && all.includes('refused'));
  });
}

test('S34: the model finds a close that does not wait for who is inside', () => {
  const hasty = { ...gate, closing: () => gate.GATE_CLOSED };
  assert.throws(() => explore(modelOf(1, 0, hasty)), /used a fd that was closed/);
});

test('S34: the model finds a thread that waits for the dead', () => {
  const trusting = { ...gate, holder: () => 0 };
  assert.throws(() => explore(modelOf(1, 1, trusting)), /deadlock|no way to an end/);
});

test('S34: the model finds a leave that opens a gate which was being closed', () => {
  const forgetful = { ...gate, left: () => gate.GATE_OPEN };
  assert.throws(() => explore(modelOf(2, 0, forgetful)), /deadlock|no way to an end|was closed/);
});

test.run();
