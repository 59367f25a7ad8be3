import * as assert from 'uvu/assert';
import { READER } from './fixtures/plugin-guest.js';
import { load, pluginSuite } from './fixtures/plugin-stand.js';
import { sweep } from './fixtures/stack.js';

const test = pluginSuite('plugins at the end of the stack');

test('S45: a turn that overflows the stack loses nothing, and blames no guest', async (stand) => {
  const plugin = await load(stand, {
    ...READER,
    process: '(call $deep (i32.const 200)) (call $drain)',
    more: `(func $deep (param $left i32) (if (local.get $left)
      (then (call $deep (i32.sub (local.get $left) (i32.const 1))))))`,
  });
  stand.bell.write(1n);
  sweep(
    () => void stand.manager.runWithTimeout(0),
    (overflowed, step) => {
      if (overflowed) stand.manager.runWithTimeout(0);
      assert.is(plugin.state, 'running', `step ${step}`);
      assert.is(stand.bell.read(), null, `the guest has read it, step ${step}`);
      stand.bell.write(1n);
    },
  );
  assert.equal(stand.faults, []);
});

test.run();
