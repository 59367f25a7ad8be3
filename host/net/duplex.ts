import { Duplex } from 'node:stream';
import { assertStackRoom, EventManagerError } from '../contract/index.js';
import type { StreamHandlers } from './stream-handlers.js';
import type { StreamSocket } from './stream-socket.js';

type Done = (error?: Error | null) => void;

/**
 * Makes a Node `Duplex` of a stream, for code that expects one: `pipeline`, a parser, TLS by
 * `new tls.TLSSocket(duplex)`. The Duplex replaces the stream's handlers, and owns the stream:
 * destroying one closes the other. It needs Node's own loop: attach the event manager, or return
 * to the loop between turns.
 *
 * It keeps the contract of a `net.Socket`: all that came before the end is read, however slowly;
 * a write's callback and 'finish' come once all has gone to the kernel; unless `allowHalfOpen`, our
 * side ends by itself after 'end'; 'close' is the last, once.
 *
 * @example
 * TcpListener.listen(manager, { port: 7 }, (stream) => {
 *   const duplex = toDuplex(stream);
 *   duplex.pipe(duplex);
 * });
 */
export function toDuplex(stream: StreamSocket): Duplex {
  assertStackRoom();
  const allowHalfOpen = stream.keepHalfOpen();
  /** The callback of the write, or of the end, that is under way. */
  let callback: Done | undefined;
  let failure: EventManagerError | undefined;
  const settle = (error?: Error | null) => {
    const done = callback;
    callback = undefined;
    done?.(error);
  };
  const duplex = new Duplex({
    allowHalfOpen,
    read: () => void stream.resume(),
    write(chunk: Buffer, _encoding, done: Done) {
      callback = done;
      stream.write(chunk);
      if (stream.closed) settle(failure ?? closedError());
      else if (stream.pending > 0) stream.wantDrained();
      else if (!stream.failed) settle();
    },
    final(done: Done) {
      callback = done;
      stream.end();
      if (stream.writeEnded) settle();
      else if (stream.closed) settle(failure ?? closedError());
    },
    destroy(error, done) {
      stream.close();
      settle(error ?? closedError());
      done(error);
    },
  });
  if (stream.closed) return duplex.destroy();
  if (stream.readEnded) noteEnd(duplex);
  if (stream.ending) duplex.end();
  stream.handle({
    onDrain: () => settle(),
    onFinish: () => settle(),
    onError: (error) => {
      failure = error;
    },
    ...arrivals(stream, duplex, () => failure),
  });
  return duplex;
}

/** What comes from the peer. */
function arrivals(
  stream: StreamSocket,
  duplex: Duplex,
  failure: () => EventManagerError | undefined,
): StreamHandlers<StreamSocket> {
  return {
    // A copy: the stream's buffer is good for this call only.
    onData: (bytes) => {
      if (!duplex.push(Buffer.from(bytes))) stream.pause();
    },
    onEnd: () => noteEnd(duplex),
    onClose: () => {
      // Ended both ways, it is closed: the rest is for the reader to read, and for Node to end.
      if (failure() || !stream.readEnded || !stream.writeEnded) duplex.destroy(failure());
    },
  };
}

/** As `net.Socket` does: 'end' comes to one who doesn't read as well, where nothing is unread. */
function noteEnd(duplex: Duplex): void {
  duplex.push(null);
  duplex.read(0);
}

/** What a write hears whose stream is closed, by whomever, before all was sent. */
export function closedError(): EventManagerError {
  return new EventManagerError('ERR_CLOSED', 'the stream was closed before its end');
}
