import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkSubject, checkSubscriptions } from '../host/bus/nats-subject.js';
import { withCode } from './fixtures/configurations.js';
import { randomFrom } from './fixtures/random.js';

const BYTES_MAX = 4_096 - 32;
const refused = withCode('ERR_OUT_OF_RANGE');

test('F56: a subject to publish on has tokens between dots, without wildcards', () => {
  for (const good of ['a', 'a.b.c', 'a.b*', '>x', 'é.ü', '$SYS.x']) {
    assert.is(checkSubject(good), good);
    assert.equal(checkSubscriptions([good]), [good]);
  }
  for (const bad of ['', '.', 'a.', '.a', 'a..b', 'a b', 'a\tb', 'a\r\n']) {
    assert.throws(() => checkSubject(bad), refused, JSON.stringify(bad));
    assert.throws(() => checkSubscriptions(['z', bad]), refused);
  }
  for (const wild of ['*', '>', 'a.*', 'a.>', '*.a']) {
    assert.throws(() => checkSubject(wild), refused);
    assert.equal(checkSubscriptions([wild]), [wild]);
  }
  for (const none of [undefined, 1, null, ['a']])
    assert.throws(() => checkSubject(none), withCode('ERR_INVALID_ARG_TYPE'));
});

test('F56: a subject is as long as a server reads, in bytes of UTF-8', () => {
  for (const letter of ['a', 'é', '€']) {
    const bytes = Buffer.byteLength(letter);
    const most = letter.repeat(Math.floor(BYTES_MAX / bytes));
    assert.is(checkSubject(most), most);
    const over = `${most}${'a'.repeat(BYTES_MAX - Buffer.byteLength(most) + 1)}`;
    assert.throws(() => checkSubject(over), refused, `${over.length} of ${letter}`);
  }
});

test('F56: > stands at the end of a subscription alone', () => {
  for (const bad of ['>.a', 'a.>.b']) assert.throws(() => checkSubscriptions([bad]), refused);
  assert.equal(checkSubscriptions(['a.>', 'b.>']), ['a.>', 'b.>']);
});

/** Whether a subject matches, said token by token. */
function matches([first, ...pattern]: string[], [token, ...subject]: string[]): boolean {
  if (first === undefined || token === undefined) return first === token;
  if (first === '>') return true;
  return (first === '*' || first === token) && matches(pattern, subject);
}

test('F56: two subscriptions are refused exactly where a subject matches both', () => {
  const tokens = ['a', 'b', '*'];
  const subjects = ['a', 'b', 'c'].flatMap((one) => [
    [one],
    ...['a', 'b', 'c'].flatMap((two) => [
      [one, two],
      ...['a', 'b', 'c'].map((three) => [one, two, three]),
    ]),
  ]);
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomFrom(seed);
  const pattern = (): string[] => {
    const length = 1 + random(3);
    const all = Array.from({ length }, () => tokens[random(3)]!);
    if (random(3) === 0) all[length - 1] = '>';
    return all;
  };
  let apart = 0;
  for (let i = 0; i < 2_000; i += 1) {
    const [one, other] = [pattern(), pattern()];
    const both = subjects.some((subject) => matches(one, subject) && matches(other, subject));
    const check = () => checkSubscriptions([one.join('.'), other.join('.')]);
    if (both) assert.throws(check, refused, `${one} and ${other}, seed ${seed}`);
    else check();
    if (!both) apart += 1;
  }
  assert.ok(apart > 100 && apart < 1_900, `${apart} apart`);
});

test.run();
