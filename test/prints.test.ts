import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as root from 'wasm-event-manager';
import * as bus from 'wasm-event-manager/bus';
import * as clock from 'wasm-event-manager/clock';
import * as compat from 'wasm-event-manager/compat/epoll';
import * as handlers from 'wasm-event-manager/handlers';
import * as net from 'wasm-event-manager/net';
import * as poll from 'wasm-event-manager/poll';
import * as remote from 'wasm-event-manager/remote';
import * as testing from 'wasm-event-manager/testing';

const { EventFd, EventManager, Events, EventSet, interest, pipe } = root;
const HOST = '127.0.0.1';
const test = suite<{ manager: root.EventManager }>('prints');

test.before.each((world) => {
  world.manager = new EventManager();
});
test.after.each(({ manager }) => manager.close());

test('each exported class and function has the name that it is exported by', () => {
  const rooms = [root, bus, clock, compat, handlers, net, poll, remote, testing];
  const exported = rooms.flatMap((room) => Object.entries(room));
  const classes = exported.filter(([, value]) => typeof value === 'function');
  assert.ok(classes.length > 40);
  for (const [name, value] of classes) assert.is((value as { name: string }).name, name);
});

/** One of everything that a user can have in hand, and the closer of what the manager doesn't. */
function everything(manager: root.EventManager): [objects: object[], close: () => void] {
  const bell = new EventFd(1, { semaphore: true });
  const { reader, writer } = pipe();
  const open = [
    ...[bell, reader, writer, new root.TimerFd(), new root.Inotify()],
    ...[new root.PidFd(process.pid), new root.SignalRelay(['SIGUSR2'])],
    root.AdoptedFd.open('/dev/null'),
  ];
  const listener = net.TcpListener.listen(manager, { host: HOST }, () => ({}));
  const [one] = net.UnixStream.pair(manager);
  const contexts: object[] = [];
  const description = interest().read().withFd(bell);
  const complete = description.withHandler((context) => void contexts.push(context));
  const registration = complete.withName('bell').registerInto(manager);
  for (let i = 0; contexts.length === 0 && i < 10; i += 1) manager.runWithTimeout(1_000);
  const live = new clock.LiveClock(manager);
  const messages = new bus.MessageBus(manager);
  const polling = new poll.Poll();
  const waker = new poll.Waker(polling.registry, poll.Token(1));
  const endpoint = manager.remoteEndpoint();
  const attachment = manager.attach();
  const epoll = new compat.Epoll(() => {});
  const objects = [
    ...[manager, ...open, listener, one, registration, contexts[0]!, description, complete],
    ...[interest().read(), manager.eventOps(registration.id), new Events(3, EventSet.IN)],
    net.UdpSocket.open(manager, { host: HOST }),
    net.UnixListener.listen(manager, { path: `\0prints ${process.pid}` }, () => ({})),
    net.TcpStream.connect(manager, { port: listener.address.port }),
    ...[live, live.alertAt(5n, () => {}), new clock.TestClock(), messages, messages.topic('x')],
    ...[messages.subscribe('a', () => {}), endpoint, attachment, polling, polling.registry, waker],
    ...[poll.Interest.READABLE, new poll.Events(), epoll, handlers.js(() => {})],
    ...[new testing.MockEventOps()],
  ];
  const close = () => {
    for (const each of [...open, live, messages, endpoint, waker, polling, epoll]) {
      if ('close' in each) each.close();
      else each.dispose();
    }
  };
  return [objects, close];
}

test('what is printed is on one line, and shows nothing of the inside', ({ manager }) => {
  const [objects, close] = everything(manager);
  for (const state of ['open', 'closed']) {
    for (const each of objects) {
      const text = inspect(each, { depth: 5 });
      const [first = ''] = text.split('\n');
      const said = `${state}: ${text}`;
      assert.match(first, /^[A-Z]\w+ \{.*\}$/, said);
      assert.not.match(text, /\b_|#|Symbol\(|\[Function|\[Getter|undefined|InterestSub/, said);
      assert.ok(each === manager || text === first, said);
    }
    close();
    manager.close();
  }
});

test('sources say what they are', ({ manager }) => {
  const bell = new EventFd(1, { semaphore: true });
  assert.is(inspect(bell), `EventFd { fd: ${bell.fd}, open, semaphore }`);
  bell.close();
  assert.is(inspect(bell), 'EventFd { closed, semaphore }');
  const listener = net.TcpListener.listen(manager, { host: HOST }, () => ({}));
  const { port } = listener.address;
  const stream = net.TcpStream.connect(manager, { port });
  assert.match(inspect(stream), /^TcpStream \{ fd: \d+, open, connecting, read: 0, written: 0 \}$/);
  for (let i = 0; stream.connecting && i < 10; i += 1) manager.runWithTimeout(1_000);
  assert.match(inspect(stream), `peer: ${HOST}:${port}`);
  assert.match(inspect(listener), `open, ${HOST}:${port}, connections:`);
  stream.close();
  assert.is(inspect(stream), 'TcpStream { closed, read: 0, written: 0 }');
});

test('a manager is a table of what it watches', ({ manager }) => {
  using bell = new EventFd(1);
  const registration = interest()
    .read()
    .edgeTriggered()
    .withFd(bell)
    .withHandler(() => {})
    .withName('doorbell')
    .registerInto(manager);
  manager.addSubscriber({ name: 'idle', process() {} });
  manager.run();
  registration.pause();
  const [head, headings, first, second, ...rest] = inspect(manager).split('\n');
  assert.match(head!, /^EventManager \{ fd: \d+, not running, subscribers: 2, registrations: 1,/);
  assert.equal(headings!.trim().split(/ +/), [
    ...['id', 'name', 'fd', 'file', 'interest', 'state', 'calls'],
  ]);
  const { id } = registration;
  assert.equal(first!.trim().split(/ +/), [
    ...[`${id}`, 'doorbell', `${bell.fd}`, 'eventfd', 'IN|EDGE_TRIGGERED', 'paused', '1'],
  ]);
  assert.match(second!, /^ {2}\d+ +idle +0$/);
  assert.equal(rest, []);
  for (let i = 0; i < 200; i += 1) manager.addSubscriber({ process() {} });
  assert.match(inspect(manager), /… and 102 more$/);
  manager.close();
  assert.is(inspect(manager), 'EventManager { closed }');
});

test('JSON holds all of the metrics, names too', ({ manager }) => {
  const id = manager.addSubscriber({ name: 'idle', process() {} });
  const metrics = manager.metrics({ perSubscriber: true });
  const parsed = JSON.parse(JSON.stringify(metrics));
  assert.equal(parsed.perSubscriber[id], {
    ...{ name: 'idle', dispatched: 0, errors: 0, registrations: 0 },
  });
  assert.equal(Object.keys(parsed), Object.keys(metrics));
  assert.is(metrics.perSubscriber.get(id)?.name, 'idle');
});

test('an error says whose it is: subscriber, registration, timer, topic', () => {
  const told: unknown[] = [];
  const onError = (_: unknown, { id, ...context }: root.ErrorContext) => void told.push(context);
  using manager = new EventManager({ onHandlerError: 'report', onError });
  using bell = new EventFd(1);
  const fail = () => {
    throw new Error('x');
  };
  interest().read().withFd(bell).withHandler(fail).withName('bell').registerInto(manager);
  manager.run();
  bell.read();
  using timers = new clock.LiveClock(manager);
  timers.setTimeAlert('soon', 0n, { handler: fail });
  manager.run();
  const messages = new bus.MessageBus(manager);
  messages.subscribe('prices.*', fail);
  messages.publish('prices.oil', 1);
  manager.run();
  assert.equal(told, [{ name: 'bell', fd: bell.fd }, { name: 'soon' }, { name: 'prices.oil' }]);
});

test("'report' without an onError warns of the subscriber, its name and its fd", () => {
  const program = `
    import { EventFd, EventManager, interest } from 'wasm-event-manager';
    const manager = new EventManager({ onHandlerError: 'report' });
    const bell = new EventFd(1);
    const fail = () => { throw Object.assign(new RangeError('no'), { code: 'ERR_OWN' }); };
    interest().read().withFd(bell).withHandler(fail).withName('bell').registerInto(manager);
    process.on('warning', ({ name, code, message, detail }) =>
      console.log(name, code, message, detail.includes('fail')));
    manager.run();
    console.log(bell.fd);
    bell.close();
    manager.close();`;
  const options = { encoding: 'utf8', timeout: 30_000 } as const;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--no-warnings', '-e', program],
    options,
  );
  const [fd, warning] = stdout.split('\n');
  assert.match(warning ?? stderr, /^RangeError ERR_OWN subscriber \d+, "bell", fd \d+: no true$/);
  assert.ok(warning!.includes(`fd ${fd}:`));
});

test.run();
