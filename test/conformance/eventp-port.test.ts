import * as assert from 'uvu/assert';
import { EventSet, Events, interest } from 'wasm-event-manager';
import { everywhere, type Setting, withCode } from '../fixtures/configurations.js';

// What the tests of eventp's reactor assert, by meaning.

const { IN, OUT } = EventSet;

/** A fd that is ready, registered by the builder. */
function register({ kernel, manager }: Setting, handler: () => void = () => {}) {
  const fd = kernel.eventfd(1n);
  const registration = interest().read().withFd(fd).withHandler(handler).registerInto(manager);
  return { fd, registration };
}

everywhere('as in eventp', (test) => {
  test('default_creates_usable_reactor', ({ manager }) => {
    assert.is(manager.runWithTimeout(0), 0);
    assert.is(manager.metrics().capacity, 256);
  });

  test('new_with_zero_capacity: refused', (setting) => {
    assert.throws(() => setting.make({ capacity: 0 }), withCode('ERR_INVALID_CAPACITY'));
  });

  test('add_duplicate_fd: refused, and nothing is left of the second', (setting) => {
    const { manager } = setting;
    const { fd } = register(setting);
    const again = interest()
      .read()
      .withFd(fd)
      .withHandler(() => {});
    assert.throws(() => again.registerInto(manager), withCode('ERR_FD_ALREADY_REGISTERED'));
    assert.is(manager.metrics().subscribers, 1);
  });

  test('modify_unknown_fd and delete_unknown_fd: not registered', (setting) => {
    const { kernel, manager } = setting;
    const ops = manager.eventOps(register(setting).registration.id);
    const unknown = kernel.eventfd();
    assert.throws(() => ops.modify(new Events(unknown, IN)), withCode('ERR_NOT_REGISTERED'));
    assert.throws(() => ops.remove(unknown), withCode('ERR_NOT_REGISTERED'));
  });

  test('ready_event_dispatches_to_handler', (setting) => {
    let calls = 0;
    register(setting, () => {
      calls += 1;
    });
    assert.is(setting.manager.run(), 1);
    assert.is(calls, 1);
  });

  test('handler_can_delete_self: its subscriber is gone', (setting) => {
    const { manager } = setting;
    const { registration } = register(setting, () => registration.remove());
    assert.is(manager.run(), 1);
    assert.ok(registration.removed);
    assert.equal([...manager.subscribers()], []);
    assert.is(manager.runWithTimeout(0), 0);
  });

  test('handler_can_delete_other_fd_during_dispatch: its pending event is dropped', (setting) => {
    const fired: number[] = [];
    const both = [0, 1].map((i) =>
      register(setting, () => {
        fired.push(i);
        both[1 - i]!.registration.remove();
      }),
    );
    assert.is(setting.manager.run(), 1);
    assert.is(fired.length, 1);
  });

  test('handler_can_re_add_other_fd_after_delete: it fires in the next turn', (setting) => {
    const { manager } = setting;
    const fired: string[] = [];
    const add = (fd: number, name: string) =>
      interest()
        .read()
        .withFd(fd)
        .withHandler(() => void fired.push(name))
        .registerInto(manager);
    let done = false;
    const first = register(setting, () => {
      if (done) return;
      done = true;
      second.registration.remove();
      add(second.fd, 'anew');
    });
    const second = register(setting, () => void fired.push('old'));
    assert.is(manager.run(), 1);
    assert.equal(fired, []);
    first.registration.remove();
    assert.is(manager.run(), 1);
    assert.equal(fired, ['anew']);
  });

  test('self_delete_then_re_add_same_fd: allowed here', (setting) => {
    const { manager } = setting;
    let anew = 0;
    const { fd, registration } = register(setting, () => {
      registration.remove();
      const count = () => {
        anew += 1;
      };
      interest().read().withFd(fd).withHandler(count).registerInto(manager);
    });
    assert.is(manager.run(), 1);
    assert.is(anew, 0);
    assert.is(manager.run(), 1);
    assert.is(anew, 1);
  });

  test('handler_add_new_fd_fires_on_next_iteration', (setting) => {
    let added = 0;
    const { registration } = register(setting, () => {
      registration.remove();
      register(setting, () => {
        added += 1;
      });
    });
    setting.manager.run();
    assert.is(added, 0);
    setting.manager.run();
    assert.is(added, 1);
  });

  test('modify_updates_subscriber_interest: also when it was not asked to', (setting) => {
    const { fd, registration } = register(setting);
    registration.modify(OUT);
    assert.is(registration.interest, OUT);
    const ops = setting.manager.eventOps(registration.id);
    assert.is(ops.interest(fd), OUT);
    ops.modify(new Events(fd, IN | OUT));
    assert.is(registration.interest, IN | OUT);
    ops.removeFlags(fd, OUT);
    assert.is(registration.interest, IN);
  });

  test('recursive_run_inside_handler: refused, and the reactor stays usable', (setting) => {
    const { manager } = setting;
    let code: string | undefined;
    register(setting, () => {
      try {
        manager.run();
      } catch (error) {
        code = (error as { code: string }).code;
      }
    });
    assert.is(manager.run(), 1);
    assert.is(code, 'ERR_REENTRANT');
    assert.is(manager.run(), 1);
  });

  test('into_inner: the subscribers are handed back, one by one', (setting) => {
    const { manager } = setting;
    const fds = [register(setting).fd, register(setting).fd];
    const taken: unknown[] = [...manager.subscribers()].map(([id]) =>
      manager.removeSubscriber(id as never),
    );
    assert.equal(
      taken.map((each) => (each as { fd: number }).fd),
      fds,
    );
    assert.is(manager.metrics().registrations, 0);
  });

  test('timeout_with_no_ready_fd_does_not_dispatch: and waits it out', (setting) => {
    const { kernel, manager } = setting;
    const never = () => assert.unreachable('nobody rings');
    interest().read().withFd(kernel.eventfd()).withHandler(never).registerInto(manager);
    const began = kernel.syscalls.clock();
    assert.is(manager.runWithTimeout(20), 0);
    assert.ok(kernel.syscalls.clock() - began >= 20e6);
  });
});
