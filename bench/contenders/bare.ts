import '../unbundled-shim.js';
import { EventFd } from 'wasm-event-manager';
import { addressOf, hotCalls } from '../../host/sys/backend.js';
import { libc } from '../../host/sys/calls.js';
import { scenarioFromArguments, serve } from '../serve.js';

// The system calls, in the way that WASM_EVENT_MANAGER_FFI asks for, and nothing else: no table, no
// handler. What a dispatcher in JavaScript starts from, and can't be faster than.

const EPOLLIN = 1;
const EPOLL_CTL_ADD = 1;
const WORDS = process.arch === 'x64' ? 3 : 4;
const { mode, subscribers, fdsEach, ready } = scenarioFromArguments();

const epfd = libc.epoll_create1(0);
const events = new Uint32Array(4 * Math.max(ready, 256));
const address = addressOf(events);
// Held here, where the functions below keep them alive: an address alone would not.
const buffers = { counter: new Uint32Array(2) };
const counterAddress = addressOf(buffers.counter);

const bells = Array.from(
  { length: subscribers * fdsEach },
  (_, i) => new EventFd(mode === 'always' && i < ready ? 1 : 0),
);
for (const { fd } of bells) {
  if (hotCalls().ctl(epfd, EPOLL_CTL_ADD, fd, EPOLLIN, fd, 0) < 0) throw new Error('epoll_ctl');
}

const totals = { events: 0, checksum: 0 };
const first = Math.floor((bells.length - ready) / 2);

function iterate(): void {
  if (mode === 'read') {
    for (let k = 0; k < ready; k += 1) hotCalls().ring(bells[first + k]!.fd, 1);
  }
  const received = hotCalls().wait(epfd, address, Math.max(ready, 256), -1);
  totals.events += received;
  if (mode !== 'read') {
    totals.checksum += received;
    return;
  }
  for (let i = 0; i < received; i += 1) {
    hotCalls().read(events[i * WORDS + WORDS - 2]!, counterAddress, 8);
    totals.checksum += buffers.counter[0]!;
  }
}

serve({
  iterate: (count) => {
    for (let i = 0; i < count; i += 1) iterate();
  },
  get events() {
    return totals.events;
  },
  get checksum() {
    return totals.checksum;
  },
});
