// Compiled against the packed package, by test/package.test.ts. Nothing here runs.
import {
  type ErrorCode,
  EventFd,
  EventManager,
  EventManagerError,
  EventSet,
  type EventSubscriber,
  Events,
  interest,
  PidFd,
  type Registration,
  type SubscriberId,
} from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { LiveClock, TestClock } from 'wasm-event-manager/clock';
import { TcpListener, TcpStream, UdpSocket, UnixStream } from 'wasm-event-manager/net';
import { dispatchTo, type MockEventOps, SimulatedSyscalls } from 'wasm-event-manager/testing';

class Counter implements EventSubscriber {
  count = 0;
  process(events: Events): void {
    this.count += events.readable ? 1 : 0;
  }
}

const manager = new EventManager();
const id: SubscriberId<Counter> = manager.addSubscriber(new Counter());
const count: number = manager.subscriber(id).count;
const removed: Counter = manager.removeSubscriber(id);

const only = new EventManager<Counter>();
only.addSubscriber(new Counter());
// @ts-expect-error: this manager takes counters only
only.addSubscriber({ process() {} });
// What brings subscribers of its own enters it all the same.
TcpListener.listen(only, { port: 7 }, () => ({}));
TcpStream.connect(only, { port: 7 }, {});
UnixStream.connect(only, { path: '/tmp/socket' }, {});
UdpSocket.open(only, {});
interest()
  .read()
  .withFd(3)
  .withHandler(() => {})
  .registerInto(only);
new PidFd(7).exit(only);
new LiveClock(only);
new MessageBus(only);

// @ts-expect-error: a number is no id
manager.subscriber(5);
// @ts-expect-error: the id is of a Counter
const wrong: Date = manager.subscriber(id);
// @ts-expect-error: a fd is a number, or wraps one
new Events('3', EventSet.IN);
// @ts-expect-error: data is a number
new Events(3, EventSet.IN, 'data');
// @ts-expect-error: no such policy
new EventManager({ onHandlerError: 'ignore' });
// @ts-expect-error: events are immutable
new Events(3).fd = 4;
// @ts-expect-error: a subscriber has a process method
manager.addSubscriber({ init() {} });

const registration: Registration = interest()
  .read()
  .withFd(new EventFd())
  .withHandler(({ source }) => {
    const value: bigint | null = source.read();
    return void value;
  })
  .registerInto(manager);
// @ts-expect-error: a handler comes before the registration
interest().read().withFd(1).registerInto(manager);

const { ops } = dispatchTo(new Counter(), { fd: 1 });
const mock: MockEventOps = ops;
new EventManager({ syscalls: new SimulatedSyscalls(), capacity: 'auto', budget: { events: 1 } });
new TestClock().setTimer('t', 1n, { handler: ({ tsEvent }) => void (tsEvent satisfies bigint) });
new LiveClock(manager).timestampNs() satisfies bigint;
const { code } = new EventManagerError('ERR_CLOSED', '');
code satisfies ErrorCode;
// @ts-expect-error: the list of codes is closed
code === 'ERR_CLOSE';

export { count, mock, registration, removed, wrong };
