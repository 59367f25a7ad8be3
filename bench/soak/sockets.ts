import type { EventManager } from 'wasm-event-manager';
import { TcpListener, TcpStream, UdpSocket, UnixStream } from 'wasm-event-manager/net';
import type { Ground, Load } from './load.js';

const HOST = '127.0.0.1';
const BYTES_MAX = 60_000;
/** Connections that a step opens, and the share of them that is reset half way. */
const STEP = 2;
const RESET = 0.25;
/** A port rests for a minute after its connection: so many steps, and no more, open any. */
const EVERY = 4;

/** Connections that talk and end, or are reset; a pair of Unix sockets; datagrams. */
export function socketLoad({ manager, random }: Ground): Load {
  const counts = { opened: 0, closed: 0, sent: 0, echoed: 0, accepted: 0, over: 0, datagrams: 0 };
  let steps = 0;
  const { listener, port } = echo(manager, counts);
  const udp = UdpSocket.open(
    manager,
    { host: HOST },
    {
      onMessage: () => {
        counts.datagrams += 1;
      },
    },
  );
  const udpAddress = udp.address;

  function connection(): void {
    const bytes = Buffer.alloc(1 + Math.floor(random() * BYTES_MAX));
    const reset = random() < RESET;
    let echoed = 0;
    counts.opened += 1;
    const stream = TcpStream.connect(
      manager,
      { port },
      {
        onData: (chunk) => {
          echoed += chunk.length;
          if (reset) stream.reset();
        },
        onClose: () => {
          counts.closed += 1;
          if (reset) return;
          counts.sent += bytes.length;
          counts.echoed += echoed;
        },
      },
    );
    stream.end(bytes);
  }

  function pair(): void {
    counts.opened += 2;
    const ended = {
      onClose: () => {
        counts.closed += 1;
      },
    };
    for (const stream of UnixStream.pair(manager, ended, ended)) stream.end('a word');
  }

  return {
    name: 'sockets',
    idle: () => counts.opened === counts.closed && counts.accepted === counts.over,
    step() {
      steps += 1;
      if (steps % EVERY !== 0) return;
      for (let i = 0; i < STEP; i += 1) connection();
      pair();
      udp.send('a word', udpAddress);
    },
    sums: () => ({
      'streams closed': [counts.opened + counts.accepted, counts.closed + counts.over],
      'bytes echoed': [counts.sent, counts.echoed],
    }),
    close() {
      listener.close();
      udp.close();
    },
  };
}

/** Sends back what it gets. */
function echo(manager: EventManager, counts: { accepted: number; over: number }) {
  const listener = TcpListener.listen(manager, { host: HOST }, (stream) => {
    counts.accepted += 1;
    return {
      onData: (bytes) => {
        if (!stream.write(bytes)) stream.pause();
      },
      onDrain: () => stream.resume(),
      onClose: () => {
        counts.over += 1;
      },
    };
  });
  return { listener, port: listener.address.port };
}
