import * as assert from 'uvu/assert';
import { EventSet, Events } from 'wasm-event-manager';
import { everywhere, Recorder, withCode } from '../fixtures/configurations.js';

const { IN, OUT, EDGE_TRIGGERED, ONE_SHOT } = EventSet;
const invalid = withCode('ERR_INVALID_SNAPSHOT');

everywhere('snapshots', (test) => {
  test('what was registered is registered again, in a manager that takes over', (setting) => {
    const { kernel } = setting;
    const [first, second, third] = [kernel.eventfd(1n), kernel.eventfd(1n), kernel.eventfd(1n)];
    const before = setting.make();
    const edge = (IN | EDGE_TRIGGERED) >>> 0;
    const old = new Recorder(new Events(first, IN, 2 ** 32 - 1), new Events(second, edge, 7));
    const ids = [before.addSubscriber(old), before.addSubscriber(new Recorder())] as const;
    before.eventOps(ids[1]).share(new Events(third, OUT, 9));
    const snapshot = before.snapshot();
    before.close();

    const after = setting.make();
    const heirs = [new Recorder(), new Recorder()] as const;
    const restored = after.restore(snapshot, (id) => heirs[ids.indexOf(id as never)]);
    assert.equal([...restored.keys()], [...ids]);
    const own = after.registrations(restored.get(ids[0])!);
    assert.equal(own, [
      { fd: second, interest: edge, data: 7 },
      { fd: first, interest: IN, data: 2 ** 32 - 1 },
    ]);
    assert.is(after.run(), 3);
    assert.equal(heirs[0].seen.map(({ data }) => data).sort(), [2 ** 32 - 1, 7]);
    assert.equal(
      heirs[1].seen.map(({ fd, data }) => [fd, data]),
      [[third, 9]],
    );
    // Shared it is still: another may join.
    const id = after.addSubscriber(new Recorder());
    after.eventOps(id).share(new Events(third, IN));
    assert.equal(after.snapshot().length, snapshot.length + 24);
  });

  test('what was paused is paused, and so is a one-shot that had fired', (setting) => {
    const { kernel } = setting;
    const [paused, spent] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    const before = setting.make();
    const oneShot = (IN | ONE_SHOT) >>> 0;
    const id = before.addSubscriber(
      new Recorder(new Events(paused, IN), new Events(spent, oneShot)),
    );
    before.eventOps(id).pause(paused);
    assert.is(before.run(), 1);
    const snapshot = before.snapshot();
    before.close();
    const after = setting.make();
    const heir = new Recorder();
    const restored = after.restore(snapshot, () => heir).get(id)!;
    assert.is(after.runWithTimeout(0), 0);
    for (const fd of [paused, spent]) after.eventOps(restored).resume(fd);
    assert.is(after.run(), 2);
  });

  test('all is restored, or nothing; and what nobody wants is left out', (setting) => {
    const { kernel, manager } = setting;
    const [first, second] = [kernel.eventfd(), kernel.eventfd()];
    const ids = [first, second].map((fd) =>
      manager.addSubscriber(new Recorder(new Events(fd, IN))),
    );
    const snapshot = manager.snapshot();
    manager.close();
    const after = setting.make();
    kernel.close(second);
    assert.throws(() => after.restore(snapshot, () => new Recorder()), withCode('EBADF'));
    assert.throws(() => {
      after.restore(snapshot, () => {
        throw new Error('who is that?');
      });
    }, /who is that/);
    assert.equal([after.metrics().subscribers, after.metrics().registrations], [0, 0]);
    const only = after.restore(snapshot, (id) => (id === ids[0] ? new Recorder() : undefined));
    assert.equal([...only.keys()], [ids[0]]);
  });

  test('bad input: what is no snapshot is refused, with nothing done', ({ kernel, manager }) => {
    manager.addSubscriber(new Recorder(new Events(kernel.eventfd(), IN)));
    const snapshot = manager.snapshot();
    const restore = (bytes: unknown) => () =>
      manager.restore(bytes as Uint8Array, assert.unreachable as never);
    assert.throws(restore('text'), TypeError);
    assert.throws(restore(new Uint8Array(0)), invalid);
    for (let length = 0; length < snapshot.length; length += 1) {
      assert.throws(restore(snapshot.subarray(0, length)), invalid);
    }
    assert.throws(restore(Buffer.concat([snapshot, Buffer.alloc(1)])), invalid);
    // The magic, the version, the size, the count, and each field with a value out of range.
    for (const at of [0, 4, 6, 8, 18, 20 + 3, 24 + 3, 32 + 1]) {
      const changed = Uint8Array.from(snapshot);
      changed[at] = 0xff;
      assert.throws(restore(changed), invalid, `byte ${at}`);
    }
    const newer = Uint8Array.from(snapshot);
    newer[4] = 2;
    assert.throws(restore(newer), /of version 2, and this library reads version 1/);
    manager.close();
    assert.throws(() => manager.snapshot(), withCode('ERR_CLOSED'));
    assert.throws(restore(snapshot), withCode('ERR_CLOSED'));
  });
});
