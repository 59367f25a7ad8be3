import * as assert from 'uvu/assert';
import { EventSet, Events, interest, type SubscriberId } from 'wasm-event-manager';
import { everywhere, Recorder, type Setting, withCode } from '../fixtures/configurations.js';

const { IN, OUT, EDGE_TRIGGERED, EXCLUSIVE, HANG_UP, ONE_SHOT, READ_HANG_UP } = EventSet;
const EDGE_IN = (IN | EDGE_TRIGGERED) >>> 0;

/** A subscriber that shares what it watches. */
class Sharer extends Recorder {
  readonly #watched: readonly Events[];

  constructor(...watched: Events[]) {
    super();
    this.#watched = watched;
  }

  override init(ops: Parameters<Recorder['init']>[0]): void {
    for (const each of this.#watched) ops.share(each);
  }

  /** What it was told since it was asked last. */
  get told(): string[] {
    return this.seen.splice(0).map(({ eventSet }) => EventSet.format(eventSet));
  }
}

/** A subscriber of its own for each of the sets, all on one fd. */
function sharers({ manager }: Setting, fd: number, ...sets: EventSet[]) {
  return sets.map((set, i) => {
    const sharer = new Sharer(new Events(fd, set, i));
    const id = manager.addSubscriber(sharer) as SubscriberId<Sharer>;
    return { sharer, id, ops: manager.eventOps(id), leave: () => manager.removeSubscriber(id) };
  });
}

everywhere(
  'F33: sharing a fd',
  (test) => {
    test('F33: each is told what it asked for, with its own data', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [reader, writer, both] = sharers(setting, bell, IN, OUT, IN | OUT);
      assert.is(manager.run(), 3);
      assert.equal(
        [reader, writer, both].map((each) => each!.sharer.seen[0]!.data),
        [0, 1, 2],
      );
      assert.equal(reader!.sharer.told, ['IN']);
      assert.equal(writer!.sharer.told, ['OUT']);
      assert.equal(both!.sharer.told, ['IN|OUT']);
      kernel.readCounter(bell);
      assert.is(manager.run(), 2);
      assert.equal(reader!.sharer.told, []);
    });

    test('F33: ERROR and HANG_UP come to everyone, asked for or not', (setting) => {
      const { kernel, manager } = setting;
      const [reader, writer] = kernel.pipe();
      const all = sharers(setting, reader, IN, 0);
      kernel.close(writer);
      assert.is(manager.run(), 2);
      for (const { sharer } of all) assert.ok(sharer.seen[0]!.has(HANG_UP));
    });

    test('F33: READ_HANG_UP comes to who asked for it', (setting) => {
      const { kernel, manager } = setting;
      const [one, other] = kernel.socketpair();
      const [plain, curious] = sharers(setting, one, IN, IN | READ_HANG_UP);
      kernel.shutdown(other, 'write');
      assert.is(manager.run(), 2);
      assert.equal(plain!.sharer.told, ['IN']);
      assert.equal(curious!.sharer.told, ['IN|READ_HANG_UP']);
    });

    test('F33: the kernel is not asked for what nobody wants any more', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd();
      const [reader, writer] = sharers(setting, bell, IN, OUT);
      assert.is(manager.runWithTimeout(0), 1);
      writer!.leave();
      const { waits } = manager.metrics();
      assert.is(manager.runWithTimeout(5), 0);
      assert.is(manager.metrics().waits, waits + 1);
      kernel.ring(bell);
      assert.is(manager.run(), 1);
      assert.equal(reader!.sharer.told, ['IN']);
    });

    test('F33: the last to leave ends the registration, in any order', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 2, 0],
      ]) {
        const all = sharers(setting, bell, IN, IN, OUT);
        assert.is(manager.metrics().registrations, 3);
        for (const i of order) {
          assert.throws(
            () => manager.addSubscriber(new Recorder(new Events(bell, IN))),
            withCode('ERR_FD_ALREADY_REGISTERED'),
          );
          all[i]!.ops.remove(bell);
        }
        assert.is(manager.metrics().registrations, 0);
        const alone = manager.addSubscriber(new Recorder(new Events(bell, IN)));
        manager.removeSubscriber(alone as SubscriberId<Recorder>);
        for (const { leave } of all) leave();
      }
    });

    test('F33: its own operations reach a share, and nobody else’s', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [one, other] = sharers(setting, bell, IN, IN);
      one!.ops.modify(new Events(bell, OUT, 7));
      assert.is(one!.ops.interest(bell), OUT);
      assert.equal(manager.registrations(one!.id), [{ fd: bell, interest: OUT, data: 7 }]);
      assert.is(other!.ops.interest(bell), IN);
      one!.ops.addFlags(bell, IN);
      one!.ops.removeFlags(bell, OUT);
      assert.is(one!.ops.interest(bell), IN);
      manager.run();
      assert.is(one!.sharer.seen[0]!.data, 7);
      one!.ops.removeAll();
      assert.throws(() => one!.ops.modify(new Events(bell, IN)), withCode('ERR_NOT_OWNER'));
      assert.is(manager.ownerOf(bell), undefined);
      assert.equal(
        manager.metrics({ perSubscriber: true }).perSubscriber.get(other!.id)?.registrations,
        1,
      );
    });

    test('F33: a pause silences one of them; when all pause, hang-ups too', (setting) => {
      const { kernel, manager } = setting;
      const [reader, writer] = kernel.pipe();
      const [one, other] = sharers(setting, reader, IN, IN);
      kernel.write(writer, new Uint8Array(1));
      kernel.close(writer);
      one!.ops.pause(reader);
      assert.is(manager.run(), 1);
      other!.ops.pause(reader);
      assert.is(manager.runWithTimeout(0), 0);
      assert.equal(one!.sharer.told, []);
      one!.ops.resume(reader);
      assert.is(manager.run(), 1);
      assert.equal(one!.sharer.told, ['IN|HANG_UP']);
      other!.ops.modify(new Events(reader, IN));
      assert.is(manager.run(), 1, 'a modify leaves it paused');
      one!.ops.remove(reader);
      assert.is(manager.runWithTimeout(0), 0, 'only who is paused is left');
      other!.ops.resume(reader);
      assert.is(manager.run(), 1);
    });

    test('F33: ONE_SHOT disarms one of them, and the others go on', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [once, always] = sharers(setting, bell, IN | ONE_SHOT, IN);
      assert.is(manager.run(), 2);
      assert.is(manager.run(), 1);
      once!.ops.rearm(bell);
      assert.is(manager.run(), 2);
      always!.leave();
      assert.is(manager.runWithTimeout(0), 0);
      once!.ops.modify(new Events(bell, IN | ONE_SHOT));
      assert.is(manager.run(), 1);
      once!.sharer.react = ({ fd }, ops) => ops.rearm(fd);
      once!.ops.rearm(bell);
      for (let i = 0; i < 3; i += 1) assert.is(manager.run(), 1);
    });

    test('F33: an edge that others have seen is reported to who comes later', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      sharers(setting, bell, EDGE_IN);
      assert.is(manager.run(), 1);
      assert.is(manager.runWithTimeout(0), 0);
      const [late] = sharers(setting, bell, EDGE_IN);
      assert.ok(manager.runWithTimeout(0) >= 1);
      assert.equal(late!.sharer.told, ['IN']);
      assert.is(manager.runWithTimeout(0), 0);
    });

    test('F33: edge beside level and EXCLUSIVE are refused, and change nothing', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [one] = sharers(setting, bell, IN);
      const invalid = withCode('ERR_INVALID_INTEREST');
      assert.throws(() => sharers(setting, bell, EDGE_IN), invalid);
      assert.throws(() => sharers(setting, bell, IN | EXCLUSIVE), invalid);
      assert.throws(() => one!.ops.modify(new Events(bell, IN | EXCLUSIVE)), invalid);
      one!.ops.modify(new Events(bell, EDGE_IN));
      const [other] = sharers(setting, bell, EDGE_IN);
      assert.throws(() => other!.ops.modify(new Events(bell, IN)), invalid);
      assert.is(other!.ops.interest(bell), EDGE_IN);
      assert.is(manager.metrics().subscribers, 2);
    });

    test('F33: neither twice, nor beside one’s own or another’s registration', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd();
      const taken = withCode('ERR_FD_ALREADY_REGISTERED');
      const [one] = sharers(setting, bell, IN);
      assert.throws(() => one!.ops.share(new Events(bell, OUT)), taken);
      assert.throws(() => one!.ops.add(new Events(bell, IN)), taken);
      one!.leave();
      const alone = new Recorder(new Events(bell, IN));
      const id = manager.addSubscriber(alone) as SubscriberId<Recorder>;
      assert.throws(() => sharers(setting, bell, IN), taken);
      assert.throws(() => manager.eventOps(id).share(new Events(bell, IN)), taken);
      assert.throws(() => manager.eventOps(id).share({ fd: bell } as never), TypeError);
    });

    test('F33: what one throws does not cost the others their event', (setting) => {
      const { kernel } = setting;
      const manager = setting.make({ onHandlerError: 'remove', onError: () => {} });
      const bell = kernel.eventfd(1n);
      const all = sharers({ manager } as Setting, bell, IN, IN, IN);
      all[1]!.sharer.react = () => {
        throw new Error('boom');
      };
      assert.is(manager.run(), 3);
      assert.is(manager.run(), 2);
      assert.throws(() => manager.subscriber(all[1]!.id), withCode('ERR_INVALID_ID'));
      assert.is(manager.metrics().handlerErrors, 1);
    });
  },
  { shared: true },
);

everywhere(
  'F33: sharing a fd, from inside handlers',
  (test) => {
    test('F33, S13: who comes during a turn is told in the next', (setting) => {
      const { kernel, manager } = setting;
      const bells = [kernel.eventfd(1n), kernel.eventfd(1n)];
      const late = bells.map((bell) => new Sharer(new Events(bell, IN)));
      bells.forEach((bell, i) => {
        const [first] = sharers(setting, bell, IN);
        // On the fd of its own event, and on one that may still be pending in this turn.
        first!.sharer.react = () => {
          if (i === 0) for (const each of late) manager.addSubscriber(each);
        };
      });
      assert.is(manager.run(), 2);
      assert.equal(
        late.map(({ seen }) => seen.length),
        [0, 0],
      );
      assert.throws(() => manager.run(), withCode('ERR_SUBSCRIBER_ALREADY_ADDED'));
      assert.equal(
        late.map(({ seen }) => seen.length),
        [1, 1],
      );
    });

    test('F33, S14: who goes or pauses during a turn is told no more', (setting) => {
      const { kernel, manager } = setting;
      for (const verb of ['remove', 'pause'] as const) {
        const bell = kernel.eventfd(1n);
        const all = sharers(setting, bell, IN, IN, IN);
        for (const { sharer, ops } of all) {
          sharer.react = () => {
            for (const other of all) if (other.ops !== ops) other.ops[verb](bell);
            sharer.react = () => {};
          };
        }
        assert.is(manager.run(), 1);
        assert.is(manager.run(), 1);
        for (const { leave } of all) leave();
      }
    });

    test('F33, S15: who goes and comes again is told in the next turn', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [one, other] = sharers(setting, bell, IN, IN);
      one!.sharer.react = (_, ops) => {
        for (const each of [ops, other!.ops]) {
          each.remove(bell);
          each.share(new Events(bell, IN, 5));
        }
        one!.sharer.react = () => {};
      };
      assert.is(manager.run(), 1);
      assert.equal(other!.sharer.seen, []);
      assert.is(manager.run(), 2);
      assert.is(other!.sharer.seen[0]!.data, 5);
    });

    test('F33, S16: what is pending is masked by the new interest', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [one, other] = sharers(setting, bell, IN, IN | OUT);
      one!.sharer.react = () => other!.ops.modify(new Events(bell, OUT));
      assert.is(manager.run(), 2);
      assert.equal(other!.sharer.told, ['OUT']);
    });

    test('F33: the last to go may do so in its own handler', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const all = sharers(setting, bell, IN | ONE_SHOT, IN | ONE_SHOT);
      for (const { sharer, leave } of all) sharer.react = leave;
      assert.is(manager.run(), 2);
      assert.is(manager.runWithTimeout(0), 0);
      assert.is(manager.metrics().subscribers, 0);
      manager.addSubscriber(new Recorder(new Events(bell, IN)));
      assert.is(manager.run(), 1);
    });

    test('F33: the manager may be closed by one of them', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd(1n);
      const [one] = sharers(setting, bell, IN, IN | ONE_SHOT);
      one!.sharer.react = () => manager.close();
      assert.is(manager.run(), 2);
      assert.throws(() => one!.ops.remove(bell), withCode('ERR_CLOSED'));
    });
  },
  { shared: true },
);

everywhere(
  'F33: sharing a fd that was closed',
  (test) => {
    test('F33, S3: when the number is reused, all of them are told', (setting) => {
      const { kernel, manager } = setting;
      for (const reuse of ['add', 'share'] as const) {
        const bell = kernel.eventfd();
        const all = sharers(setting, bell, IN, OUT);
        kernel.close(bell);
        assert.is(kernel.eventfd(1n), bell);
        const Next = reuse === 'add' ? Recorder : Sharer;
        const next = new Next(new Events(bell, IN));
        const id = manager.addSubscriber(next) as SubscriberId<Recorder>;
        assert.equal(
          all.map(({ sharer }) => sharer.evictions.map(({ fd, eventSet }) => [fd, eventSet])),
          [[[bell, IN]], [[bell, OUT]]],
        );
        assert.is(manager.run(), 1);
        assert.is(next.seen.length, 1);
        assert.is(manager.metrics().registrations, 1);
        assert.throws(() => all[0]!.ops.modify(new Events(bell, IN)), withCode('ERR_NOT_OWNER'));
        manager.removeSubscriber(id);
        for (const { leave } of all) leave();
        kernel.close(bell);
      }
    });

    test('F33, S3: one of them may be first to share the number again', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd();
      const [one, other] = sharers(setting, bell, IN, IN);
      kernel.close(bell);
      assert.is(kernel.eventfd(1n), bell);
      one!.ops.share(new Events(bell, IN, 9));
      assert.equal(
        [one, other].map((each) => each!.sharer.evictions.length),
        [1, 1],
      );
      assert.is(manager.run(), 1);
      assert.is(one!.sharer.seen[0]!.data, 9);
    });

    test('F33, S4: everyone can leave a fd that is closed', (setting) => {
      const { kernel, manager } = setting;
      const bell = kernel.eventfd();
      const all = sharers(setting, bell, IN, OUT, IN);
      kernel.close(bell);
      for (const { leave } of all) leave();
      assert.is(manager.metrics().registrations, 0);
      assert.is(manager.metrics().subscribers, 0);
      assert.throws(() => sharers(setting, bell, IN), withCode('EBADF'));
      assert.is(manager.metrics().subscribers, 0);
    });
  },
  { shared: true },
);

everywhere(
  'F33: sharing a fd, by the builder',
  (test) => {
    test('F33: each has a registration of its own', ({ kernel, manager }) => {
      const bell = kernel.eventfd(1n);
      const told: string[] = [];
      const watch = (name: string) =>
        interest()
          .read()
          .withShared({ fd: bell })
          .withHandler(({ fd }) => void told.push(`${name}:${fd === bell}`))
          .registerInto(manager);
      const one = watch('one');
      const other = watch('other');
      manager.run();
      assert.equal(told.splice(0), ['one:true', 'other:true']);
      one.pause();
      manager.run();
      one.resume();
      one.modify(OUT);
      assert.is(one.interest, OUT);
      other.remove();
      manager.run();
      assert.equal(told, ['other:true', 'one:true']);
      one.remove();
      assert.is(manager.metrics().subscribers, 0);
    });

    test('F33: a source that registers itself is refused', ({ kernel }) => {
      const own = { fd: kernel.eventfd(), register() {}, reregister() {}, deregister() {} };
      assert.throws(() => interest().read().withShared(own), TypeError);
    });
  },
  { shared: true },
);
