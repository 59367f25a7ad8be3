import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { readValues, writeValues } from '../host/remote/wire.js';
import { randomFrom } from './fixtures/random.js';

const room = (length: number) => {
  const bytes = Buffer.alloc(length);
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, length) };
};
/** Each with the bytes that it takes. */
const SIZES: [value: unknown, bytes: number][] = [
  [undefined, 1],
  [null, 1],
  [true, 1],
  [false, 1],
  [0, 5],
  [1, 5],
  [2, 5],
  [-1, 5],
  [2 ** 31 - 1, 5],
  [-(2 ** 31), 5],
  [2 ** 31, 9],
  [-(2 ** 31) - 1, 9],
  [-0, 9],
  [0.5, 9],
  [Number.NaN, 9],
  [Number.POSITIVE_INFINITY, 9],
  ['', 2],
  ['a', 3],
  ['ÿ\0', 4],
  ['x'.repeat(255), 257],
];
/** What goes another way. */
const OTHERS = ['x'.repeat(256), 'Ā', '€', 1n, {}, [], () => {}, Symbol('s')];

test('each kind of value comes back as it was, in as many bytes as it needs', () => {
  for (const [value, bytes] of SIZES) {
    const wire = room(300);
    assert.is(writeValues([value], wire), bytes, String(value));
    const [back, ...more] = readValues(wire, bytes);
    assert.ok(Object.is(back, value), `${String(value)} came back as ${String(back)}`);
    assert.equal(more, []);
  }
  for (const value of OTHERS) assert.is(writeValues([1, value], room(600)), -1, typeof value);
  assert.is(writeValues([], room(0)), 0);
});

test('random lists come back, wherever there is room, and are refused where there is none', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = randomFrom(seed);
  for (let round = 0; round < 500; round += 1) {
    const list = Array.from({ length: random(8) }, () => SIZES[random(SIZES.length)]!);
    const values = list.map(([value]) => value);
    const needed = list.reduce((sum, [, bytes]) => sum + bytes, 0);
    const wire = room(needed + 9);
    assert.is(writeValues(values, wire), needed, `seed ${seed}`);
    assert.ok(readValues(wire, needed).every((value, i) => Object.is(value, values[i])));
    if (needed > 0) assert.is(writeValues(values, room(needed - 1)), -1, `seed ${seed}`);
  }
});

test('a value takes nine bytes of what is left, or fewer where it is known to need fewer', () => {
  assert.is(writeValues([true], room(9)), 1);
  assert.is(writeValues([true], room(8)), -1, 'it is not looked at with fewer');
  assert.is(writeValues(['x'.repeat(7)], room(9)), 9);
  assert.is(writeValues(['x'.repeat(8)], room(9)), -1);
  assert.is(writeValues([true, 0.5], room(10)), 10);
});

test.run();
