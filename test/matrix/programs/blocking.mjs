// run: an eventfd, a timer and an echo by TCP.
import { EventFd, EventManager, interest } from 'wasm-event-manager';
import { LiveClock } from 'wasm-event-manager/clock';
import { TcpListener, TcpStream } from 'wasm-event-manager/net';

const manager = new EventManager();
const bell = new EventFd(3);
const heard = [];
const hear = ({ source }) => heard.push(source.read());
interest().read().withOwned(bell).withHandler(hear).registerInto(manager);
manager.run();

const clock = new LiveClock(manager);
clock.setTimer('tick', 1_000_000n, { handler: () => clock.cancelTimer('tick') });
for (let i = 0; i < 100 && clock.timerNames.length > 0; i += 1) manager.runWithTimeout(100);

const echo = TcpListener.listen(manager, { host: '127.0.0.1' }, (stream) => ({
  onData: (bytes) => stream.write(bytes),
}));
const client = TcpStream.connect(
  manager,
  { host: '127.0.0.1', port: echo.address.port },
  { onData: (bytes) => heard.push(bytes.toString()) },
);
client.write('echo');
for (let i = 0; i < 100 && heard.length < 2; i += 1) manager.runWithTimeout(100);
if (String(heard) !== '3,echo') throw new Error(String(heard));
manager.close();
console.log('works');
