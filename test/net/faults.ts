/**
 * Some rounds of talk on sockets of each kind, to be run under `strace -e inject`: whatever fails,
 * each stream closes once, in order, and at the end all of it works, and no fd is left. Prints what
 * was seen as JSON; ends with 1 and the reason when something doesn't hold.
 */
import { writeSync } from 'node:fs';
import { EventManager } from 'wasm-event-manager';
import {
  type StreamHandlers,
  type StreamSocket,
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixStream,
} from 'wasm-event-manager/net';
import { LOCALHOST, openFds } from '../fixtures/sockets.js';

const ROUNDS = 12;
const ROUND_MS = 3_000;
const TRIES = 12;
const LENGTH = 3_000;
/** Nothing before `connect` and behind `close`; each but `data` once. */
const ORDER = /^(connect )?(data )*(end )?(error )?close $/;

const seen = { errors: 0, thrown: 0, echoed: 0, datagrams: 0, rounds: 0 };
const wrong: string[] = [];

using manager = new EventManager({ onHandlerError: 'report', onError: () => {} });

interface Talk {
  events: string;
  received: number;
  over: boolean;
}

function journal(): { talk: Talk; handlers: StreamHandlers<StreamSocket> } {
  const talk: Talk = { events: '', received: 0, over: false };
  const note = (what: string) => {
    if (talk.over) wrong.push(`${what} after close`);
    if (!(what === 'data' && talk.events.endsWith('data '))) talk.events += `${what} `;
  };
  const handlers: StreamHandlers<StreamSocket> = {
    onConnect: () => note('connect'),
    onData: (bytes) => {
      note('data');
      talk.received += bytes.length;
    },
    onEnd: () => note('end'),
    onError: () => {
      seen.errors += 1;
      note('error');
    },
    onClose: () => {
      note('close');
      talk.over = true;
      if (!ORDER.test(talk.events)) wrong.push(talk.events);
    },
  };
  return { talk, handlers };
}

/** What a call that was made to fail throws is the errno, and nothing else. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    seen.thrown += 1;
    if ((error as { errno?: number }).errno === undefined) wrong.push(String(error));
    return undefined;
  }
}

function turnsUntil(done: () => boolean): boolean {
  const deadline = performance.now() + ROUND_MS;
  while (!done() && performance.now() < deadline) attempt(() => manager.runWithTimeout(20));
  return done();
}

const accepted: Talk[] = [];
function listen(): TcpListener | undefined {
  const options = { host: LOCALHOST, noDelay: true, onError: () => {} };
  return attempt(() =>
    TcpListener.listen(manager, options, () => {
      const { talk, handlers } = journal();
      accepted.push(talk);
      return {
        ...handlers,
        onData: (bytes, stream) => {
          handlers.onData?.(bytes, stream);
          stream.write(bytes);
        },
      };
    }),
  );
}

function echo(port: number, options: { edgeTriggered: boolean }): Talk | undefined {
  const { talk, handlers } = journal();
  const stream = attempt(() => TcpStream.connect(manager, { port, ...options }, handlers));
  stream?.end(Buffer.alloc(LENGTH));
  return stream && talk;
}

function pair(): Talk[] {
  const [one, other] = [journal(), journal()];
  const streams = attempt(() => UnixStream.pair(manager, one.handlers, other.handlers));
  for (const stream of streams ?? []) stream.end('hello');
  return streams ? [one.talk, other.talk] : [];
}

function datagrams(): UdpSocket | undefined {
  let refused = 0;
  const handlers = {
    onMessage: () => {
      seen.datagrams += 1;
    },
    onDrain: () => {
      refused -= 1;
      if (refused < 0) wrong.push('a socket drains that was not full');
    },
    onError: () => {
      seen.errors += 1;
    },
  };
  const socket = attempt(() => UdpSocket.open(manager, { host: LOCALHOST }, handlers));
  const address = socket && attempt(() => socket.address);
  for (let i = 0; address && i < 3; i += 1) {
    if (attempt(() => socket.send('x', address)) === false) refused = 1;
  }
  return socket;
}

function round(listener: TcpListener, edgeTriggered: boolean): boolean {
  const talks = [echo(listener.address.port, { edgeTriggered }), ...pair()];
  const socket = datagrams();
  const known = talks.filter((talk) => talk !== undefined);
  if (!turnsUntil(() => known.every(({ over }) => over) && accepted.every(({ over }) => over))) {
    const waiting = [...known, ...accepted].filter(({ over }) => !over);
    wrong.push(`no end: ${waiting.map(({ events }) => events || 'nothing').join('; ')}`);
  }
  socket?.close();
  seen.rounds += 1;
  const whole = known.length === 3 && known[0]!.received === LENGTH;
  if (whole) seen.echoed += 1;
  return whole;
}

let listener: TcpListener | undefined;
const before = openFds();
for (let i = 0; i < TRIES && !listener; i += 1) listener = listen();
if (listener) {
  for (let i = 0; i < ROUNDS; i += 1) round(listener, i % 2 === 1);
  let works = false;
  for (let i = 0; i < TRIES && !works; i += 1) works = round(listener, false);
  if (!works) wrong.push('it serves no more');
  listener.close();
} else wrong.push('nothing can be listened at');
if (openFds() !== before) wrong.push(`${openFds() - before} fds left`);
// By the fd: `console` asks for the kind of its stream, which may be made to fail too.
writeSync(1, JSON.stringify({ ...seen, wrong }));
process.exitCode = wrong.length > 0 ? 1 : 0;
