import { test } from 'uvu';
import * as assert from 'uvu/assert';
import * as call from '../host/remote/call-state.js';
import { explore, type Model } from './fixtures/explorer.js';

/**
 * One blocking call between its caller, who may give up at any time, and its owner, who may be
 * closed at any time: with the transitions that the real ones are made of.
 */
interface State {
  word: number;
  submitted: boolean;
  gateClosed: boolean;
  caller: 'publish' | 'announce' | 'wait' | 'answered' | 'refused' | 'cancelled' | 'abandoned';
  owner: 'idle' | 'running' | 'draining' | 'closed';
  /** Whether the owner has taken the call out of the queue. */
  taken: boolean;
  runs: number;
  answer: 'none' | 'result' | 'closed';
}

type Transitions = Pick<typeof call, 'started' | 'finished' | 'givenUp'>;

function modelOf({ started, finished, givenUp }: Transitions): Model<State> {
  function callerSteps(state: State): State[] {
    if (state.caller === 'publish') {
      return [{ ...state, word: call.CALL_QUEUED, submitted: true, caller: 'announce' }];
    }
    if (state.caller === 'announce') {
      if (!state.gateClosed) return [{ ...state, caller: 'wait' }];
      // Too late, unless the owner has seen it all the same.
      if (state.word !== call.CALL_QUEUED) return [{ ...state, caller: 'wait' }];
      return [{ ...state, word: call.CALL_CANCELLED, caller: 'refused' }];
    }
    if (state.caller !== 'wait') return [];
    // Done, or out of patience: the same swap tells which.
    const word = givenUp(state.word);
    if (state.word === call.CALL_DONE) {
      return [{ ...state, word: call.CALL_FREE, caller: 'answered' }];
    }
    const caller = state.word === call.CALL_QUEUED ? 'cancelled' : 'abandoned';
    return [{ ...state, word, caller }];
  }

  function finish(state: State, answer: 'result' | 'closed'): State {
    const word = finished(state.word);
    if (word !== call.CALL_DONE) return { ...state, word };
    if (state.answer !== 'none') throw new Error('answered twice');
    return { ...state, word, answer };
  }

  function ownerSteps(state: State): State[] {
    const pending = state.submitted && !state.taken;
    if (state.owner === 'idle') {
      const close: State = { ...state, gateClosed: true, owner: 'draining' };
      if (!pending) return [close];
      const word = started(state.word);
      const taken = { ...state, taken: true, word };
      if (word !== call.CALL_STARTED) return [close, taken];
      return [close, { ...taken, owner: 'running', runs: state.runs + 1 }];
    }
    if (state.owner === 'running') return [{ ...finish(state, 'result'), owner: 'idle' }];
    if (state.owner === 'draining') {
      if (!pending) return [{ ...state, owner: 'closed' }];
      return [{ ...finish({ ...state, taken: true }, 'closed'), owner: 'closed' }];
    }
    return [];
  }

  return {
    initial: {
      word: call.CALL_FREE,
      submitted: false,
      gateClosed: false,
      caller: 'publish',
      owner: 'idle',
      taken: false,
      runs: 0,
      answer: 'none',
    },
    steps: (state) => [...callerSteps(state), ...ownerSteps(state)],
    isEnd: ({ caller, owner }) =>
      owner === 'closed' && !['publish', 'announce', 'wait'].includes(caller),
  };
}

test('S32: no interleaving answers a call twice, never, or runs one that was cancelled', () => {
  const { states, ends } = explore(modelOf(call));
  assert.ok(states > 30, `${states} states`);
  for (const end of ends) {
    assert.ok(end.runs <= 1);
    if (end.caller === 'cancelled' || end.caller === 'refused') assert.is(end.runs, 0);
    if (end.caller === 'abandoned') assert.is(end.runs, 1);
    if (end.caller === 'answered') assert.is(end.answer, end.runs === 1 ? 'result' : 'closed');
    // The slot can be used again, but for one that was taken back from a manager now closed.
    if (end.taken) assert.is(end.word, call.CALL_FREE);
  }
  const callers = new Set(ends.map(({ caller }) => caller));
  assert.equal([...callers].sort(), ['abandoned', 'answered', 'cancelled', 'refused']);
});

test('S32: the model finds a cancelled call that runs', () => {
  const careless = { ...call, started: () => call.CALL_STARTED };
  const { ends } = explore(modelOf(careless));
  assert.ok(ends.some(({ caller, runs }) => caller === 'cancelled' && runs === 1));
});

/** The model with a caller that has no time-out, and so never gives up. */
function withoutTimeout(model: Model<State>): Model<State> {
  const givesUp = ({ caller }: State) => caller === 'cancelled' || caller === 'abandoned';
  return { ...model, steps: (state) => model.steps(state).filter((next) => !givesUp(next)) };
}

test('S34: a caller without a time-out is answered in every interleaving', () => {
  const { ends } = explore(withoutTimeout(modelOf(call)));
  const callers = new Set(ends.map(({ caller }) => caller));
  assert.equal([...callers].sort(), ['answered', 'refused']);
});

test('S34: the model finds a close that forgets a call', () => {
  const model = withoutTimeout(modelOf(call));
  const steps = (state: State) => model.steps(state).filter(({ answer }) => answer !== 'closed');
  assert.throws(() => explore({ ...model, steps }), /deadlock|no way to an end/);
});

test.run();
