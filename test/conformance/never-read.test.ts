import * as assert from 'uvu/assert';
import { EventSet, Events } from 'wasm-event-manager';
import { everywhere, Recorder } from '../fixtures/configurations.js';

const { IN, EDGE_TRIGGERED } = EventSet;
const EDGE = (IN | EDGE_TRIGGERED) >>> 0;

everywhere('fds that nobody reads', (test) => {
  test('S25: a level-triggered fd that nobody reads is told of once, by name', (setting) => {
    const told: unknown[] = [];
    const manager = setting.make({
      onError: (error, { name, fd }) => told.push([(error as { code: string }).code, name, fd]),
    });
    const { kernel } = setting;
    const [bell, [pipe, writer]] = [kernel.eventfd(1n), kernel.pipe()];
    kernel.write(writer, new Uint8Array(10));
    const named = (name: string, fd: number) =>
      manager.addSubscriber({ name, init: (ops) => ops.add(new Events(fd, IN)), process() {} });
    named('bell', bell);
    named('pipe', pipe);
    for (let i = 0; i < 8_000; i += 1) manager.run();
    assert.equal(told.sort(), [
      ['ERR_NEVER_READ', 'bell', bell],
      ['ERR_NEVER_READ', 'pipe', pipe],
    ]);
  });

  test('S25: also where more and more comes, and where a budget leaves it out', (setting) => {
    const told: string[] = [];
    const manager = setting.make({
      budget: { events: 1 },
      onError: (error) => told.push((error as { code: string }).code),
    });
    const { kernel } = setting;
    const [bell, other] = [kernel.eventfd(1n), kernel.eventfd(1n)];
    manager.addSubscriber(new Recorder(new Events(bell, IN), new Events(other, EDGE)));
    for (let i = 0; i < 6_000; i += 1) {
      kernel.ring(bell);
      kernel.ring(other);
      manager.run();
    }
    assert.equal(told, ['ERR_NEVER_READ']);
  });

  test('S25: one that is read a little, later, or in step with what comes, is busy', (setting) => {
    const errors: unknown[] = [];
    const manager = setting.make({ onError: (error) => errors.push(error) });
    const { kernel } = setting;
    const [bell, [pipe, writer], [slow, backlog]] = [
      kernel.eventfd(1n),
      kernel.pipe(),
      kernel.pipe(),
    ];
    kernel.write(writer, new Uint8Array(1));
    kernel.write(backlog, new Uint8Array(20_000));
    const recorder = new Recorder(new Events(bell, IN), new Events(pipe, IN), new Events(slow, IN));
    recorder.react = ({ fd }) => {
      if (fd === slow) kernel.read(slow, 2);
    };
    manager.addSubscriber(recorder);
    for (let i = 0; i < 6_000; i += 1) {
      assert.ok(manager.run() > 0);
      // Behind the turn, and at once there is as much again.
      kernel.read(bell, 8);
      kernel.ring(bell);
      kernel.read(pipe, 1);
      kernel.write(writer, new Uint8Array(1));
    }
    assert.equal(errors, []);
  });

  test('S25: a number that is another file each time is not one that nobody reads', (setting) => {
    const errors: unknown[] = [];
    const manager = setting.make({ onError: (error) => errors.push(error) });
    const { kernel } = setting;
    const recorder = new Recorder();
    const ops = manager.eventOps(manager.addSubscriber(recorder));
    let bell = kernel.eventfd(1n);
    ops.add(new Events(bell, IN));
    recorder.react = () => {
      ops.remove(bell);
      kernel.close(bell);
      bell = kernel.eventfd(1n);
      ops.add(new Events(bell, IN));
    };
    for (let i = 0; i < 4_000; i += 1) manager.run();
    assert.equal(errors, []);
  });

  test('S25: one that is read more slowly than it is filled is busy', (setting) => {
    const errors: unknown[] = [];
    const manager = setting.make({ onError: (error) => errors.push(error) });
    const { kernel } = setting;
    const bell = kernel.eventfd(1n, true);
    const recorder = new Recorder(new Events(bell, IN));
    recorder.react = () => void kernel.readCounter(bell);
    manager.addSubscriber(recorder);
    for (let i = 0; i < 4_000; i += 1) {
      kernel.ring(bell, 3n);
      manager.run();
    }
    assert.equal(errors, []);
  });
});
