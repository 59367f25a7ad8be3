import * as assert from 'uvu/assert';
import { type EventOps, EventSet, Events } from 'wasm-event-manager';
import { everywhere, Recorder } from '../fixtures/configurations.js';

const { IN, OUT, ONE_SHOT } = EventSet;
type Operation = (ops: EventOps, fd: number) => void;

/** What asks the kernel about a fd, and so finds that it was closed. */
const ASKING: Record<string, { before?: Operation; act: Operation }> = {
  modify: { act: (ops, fd) => ops.modify(new Events(fd, OUT)) },
  addFlags: { act: (ops, fd) => ops.addFlags(fd, OUT) },
  rearm: { act: (ops, fd) => ops.rearm(fd) },
  pause: { act: (ops, fd) => ops.pause(fd) },
  resume: { before: (ops, fd) => ops.pause(fd), act: (ops, fd) => ops.resume(fd) },
};
const codeOf = (act: () => void): string | undefined => {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

everywhere('state after a refusal', (test) => {
  for (const [name, { before, act }] of Object.entries(ASKING)) {
    test(`S3: ${name} of a closed fd leaves nothing of it, and frees its number`, (setting) => {
      const { kernel, manager } = setting;
      const recorder = new Recorder();
      const id = manager.addSubscriber(recorder);
      const ops = manager.eventOps(id);
      const other = kernel.eventfd(1n);
      const fd = kernel.eventfd(1n);
      ops.add(new Events(fd, IN, 1));
      ops.add(new Events(other, IN, 2));
      before?.(ops, fd);
      kernel.close(fd);
      assert.is(
        codeOf(() => act(ops, fd)),
        'ENOENT',
      );
      assert.is(ops.interest(fd), undefined);
      assert.is(manager.ownerOf(fd), undefined);
      assert.equal(
        manager.registrations(id).map((each) => each.fd),
        [other],
      );
      assert.is(manager.metrics().gone, 1);
      assert.is(
        codeOf(() => ops.remove(fd)),
        'ERR_NOT_REGISTERED',
      );
      assert.is(kernel.eventfd(1n), fd, 'the number comes again');
      ops.add(new Events(fd, IN, 3));
      manager.run();
      assert.equal(recorder.seen.map(({ data }) => data).sort(), [2, 3]);
      assert.equal(
        recorder.evictions.map(({ data }) => data),
        [1],
        'its owner is told, once',
      );
    });

    test(`S14: ${name} of a fd that a handler closed takes back its event`, (setting) => {
      const { kernel, manager } = setting;
      const recorder = new Recorder();
      const ops = manager.eventOps(manager.addSubscriber(recorder));
      const fds = [kernel.eventfd(1n), kernel.eventfd(1n)];
      for (const fd of fds) ops.add(new Events(fd, IN, fd));
      let code: string | undefined;
      recorder.react = ({ fd }) => {
        const [other] = fds.filter((each) => each !== fd);
        recorder.react = () => {};
        before?.(ops, other!);
        kernel.close(other!);
        code = codeOf(() => act(ops, other!));
      };
      assert.is(manager.run(), 1);
      assert.is(code, 'ENOENT');
      assert.is(manager.metrics().withdrawn, 1);
      assert.is(manager.run(), 1, 'the one that is left');
    });
  }

  test('S8: what is refused changes neither interest, data, state nor counters', ({
    kernel,
    manager,
  }) => {
    const recorder = new Recorder();
    const id = manager.addSubscriber(recorder);
    const ops = manager.eventOps(id);
    const bell = kernel.eventfd(1n);
    const file = kernel.regularFile();
    ops.add(new Events(bell, IN, 5));
    const before = manager.metrics();
    const refused = [
      () => ops.add(new Events(bell, OUT, 6)),
      () => ops.add(new Events(file, IN)),
      () => ops.addAll([new Events(file, IN)]),
      () => ops.modify(new Events(file, IN)),
      () => ops.share(new Events(bell, IN)),
      () => ops.remove(file),
      () => ops.pause(file),
      () => ops.resume(file),
      () => ops.rearm(file),
    ];
    for (const act of refused) {
      for (let i = 0; i < 100; i += 1) assert.type(codeOf(act), 'string', String(act));
    }
    assert.equal(manager.metrics(), before);
    assert.is(ops.interest(bell), IN);
    manager.run();
    assert.equal(
      recorder.seen.map(({ fd, data }) => [fd, data]),
      [[bell, 5]],
    );
  });
});

everywhere(
  'a share after a refusal',
  (test) => {
    test('F33, S3: each sharer is told once that the file was closed', (setting) => {
      const { kernel } = setting;
      const reports: unknown[] = [];
      const manager = setting.make({ onError: (error) => void reports.push(error) });
      const sharers = [1, 2, 3].map((data) => {
        const recorder = new Recorder();
        const ops = manager.eventOps(manager.addSubscriber(recorder));
        return { recorder, ops, data };
      });
      for (const [name, { act, before }] of Object.entries(ASKING)) {
        // While others listen, a pause is no matter of the kernel's.
        if (name === 'pause') continue;
        const fd = kernel.eventfd(1n);
        for (const { ops, data } of sharers) ops.share(new Events(fd, IN, data));
        for (const { ops } of sharers) before?.(ops, fd);
        kernel.close(fd);
        assert.is(
          codeOf(() => act(sharers[1]!.ops, fd)),
          'ENOENT',
          String(act),
        );
        for (const { recorder, ops, data } of sharers) {
          const told = recorder.evictions.splice(0);
          assert.equal(
            told.map((each) => [each.fd, each.data]),
            [[fd, data]],
            String(act),
          );
          assert.is(ops.interest(fd), undefined);
        }
        assert.is(manager.metrics().registrations, 0);
      }
      assert.equal(reports, []);
    });

    test('F33: the only ONE_SHOT sharer leaves in its handler, and nothing is said', (setting) => {
      const { kernel } = setting;
      const reports: unknown[] = [];
      const manager = setting.make({ onError: (error) => void reports.push(error) });
      const fd = kernel.eventfd(1n);
      const recorder = new Recorder();
      recorder.react = (_, ops) => ops.remove(fd);
      manager.eventOps(manager.addSubscriber(recorder)).share(new Events(fd, IN | ONE_SHOT));
      assert.is(manager.run(), 1);
      assert.is(manager.runWithTimeout(0), 0);
      assert.is(manager.metrics().registrations, 0);
      assert.equal(reports, []);
    });

    test('F33: a change that the kernel refuses leaves a share as it was', ({
      kernel,
      manager,
      simulated,
    }) => {
      if (!simulated) return;
      const recorders = [new Recorder(), new Recorder()];
      const fd = kernel.eventfd(1n);
      const [one, other] = recorders.map((each) => manager.eventOps(manager.addSubscriber(each)));
      one!.share(new Events(fd, IN, 1));
      other!.share(new Events(fd, IN, 2));
      simulated.syscalls.fail('ctl', 12, { fd });
      assert.is(
        codeOf(() => one!.modify(new Events(fd, IN | OUT, 9))),
        'ENOMEM',
      );
      assert.is(one!.interest(fd), IN);
      assert.is(manager.run(), 2);
      assert.equal(
        recorders.map(({ seen }) => seen.map(({ data }) => data)),
        [[1], [2]],
      );
      simulated.syscalls.fail('ctl', 12, { fd });
      assert.is(
        codeOf(() => other!.rearm(fd)),
        'ENOMEM',
      );
      assert.is(manager.run(), 2, 'armed as before');
    });
  },
  { shared: true },
);
