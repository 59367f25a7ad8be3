import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventManager } from 'wasm-event-manager';
import {
  type StreamHandlers,
  type StreamSocket,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixListener,
  UnixStream,
} from 'wasm-event-manager/net';
import type { Scenario, Stage } from './stage.js';

const HOST = '127.0.0.1';
const LENGTH = 3_000;

/** A stream that says all that happens to it. */
function talk(stage: Stage) {
  const state = { received: 0, ended: false, closed: false };
  const handlers: StreamHandlers<StreamSocket> = {
    onData: (bytes) => {
      state.received += bytes.length;
    },
    onEnd: () => {
      state.ended = true;
    },
    onError: (error) => stage.note('reported', error),
    onClose: () => {
      state.closed = true;
    },
  };
  return { state, handlers };
}

function echoes(stage: Stage) {
  const accepted = { open: 0 };
  const handle = (stream: StreamSocket): StreamHandlers<StreamSocket> => {
    accepted.open += 1;
    return {
      onData: (bytes) => void stream.write(bytes),
      onError: (error) => stage.note('reported', error),
      onClose: () => {
        accepted.open -= 1;
      },
    };
  };
  return { accepted, handle, onError: (error: unknown) => stage.note('reported', error) };
}

async function exchange(stage: Stage, manager: EventManager, dial: Dial): Promise<boolean> {
  const { state, handlers } = talk(stage);
  const stream = dial(handlers);
  stage.own({ close: () => stream.close() });
  stream.end(Buffer.alloc(LENGTH));
  await stage.until(manager, () => state.closed);
  return state.received === LENGTH && state.ended;
}

type Dial = (handlers: StreamHandlers<StreamSocket>) => StreamSocket;

/** A TCP listener, a connection, an echo, and both ends ended. */
export const tcp: Scenario = async (stage) => {
  const manager = stage.manager();
  const { accepted, handle, onError } = echoes(stage);
  const options = { host: HOST, noDelay: true, keepAlive: 5, onError };
  const listener = stage.own(TcpListener.listen(manager, options, handle));
  const { port } = listener.address;
  const whole = await exchange(stage, manager, (handlers) =>
    TcpStream.connect(manager, { host: HOST, port, noDelay: true }, handlers),
  );
  return whole && stage.until(manager, () => accepted.open === 0);
};

/** A connection to a name, which the C library looks up; and whose address is asked for. */
export const named: Scenario = async (stage) => {
  const manager = stage.manager();
  const { handle, onError } = echoes(stage);
  const peers: number[] = [];
  const accept = (stream: TcpStream) => {
    const handlers = handle(stream);
    peers.push(stream.remoteAddress.port);
    return handlers;
  };
  const listener = stage.own(TcpListener.listen(manager, { host: HOST, onError }, accept));
  const { port } = listener.address;
  const whole = await exchange(stage, manager, (handlers) =>
    TcpStream.connect(manager, { host: 'localhost', port, resolver: 'blocking' }, handlers),
  );
  return whole && peers.length === 1;
};

/** A Unix listener, a connection and a pair. */
export const unix: Scenario = async (stage) => {
  const manager = stage.manager();
  const path = join(tmpdir(), `faults-${process.pid}.sock`);
  const { handle, onError } = echoes(stage);
  stage.own({ close: () => rmSync(path, { force: true }) });
  const listener = stage.own(UnixListener.listen(manager, { path, onError }, handle));
  const whole = await exchange(stage, manager, (handlers) =>
    UnixStream.connect(manager, { path: listener.path }, handlers),
  );
  const ends = [talk(stage), talk(stage)] as const;
  const pair = UnixStream.pair(manager, ends[0].handlers, ends[1].handlers);
  for (const each of pair) stage.own({ close: () => each.close() });
  for (const each of pair) each.end('hello');
  await stage.until(manager, () => ends.every(({ state }) => state.closed));
  return whole && ends.every(({ state }) => state.received === 5);
};

/** Datagrams to oneself, and by a connected socket. */
export const udp: Scenario = async (stage) => {
  const manager = stage.manager();
  let got = 0;
  const handlers = {
    onMessage: () => {
      got += 1;
    },
    onError: (error: unknown) => stage.note('reported', error),
  };
  const socket = stage.own(UdpSocket.open(manager, { host: HOST }, handlers));
  if (!stage.told(socket.send('x', socket.address), false)) return false;
  return stage.until(manager, () => got === 1);
};
