import { Duplex } from 'node:stream';
import type { EventManagerError } from '../contract/index.js';
import type { StreamSocket } from './stream-socket.js';

/**
 * A stream as Node's `Duplex`, for what is written against that: `pipeline`, a parser, TLS by
 * `new tls.TLSSocket(duplex)`. The Duplex takes the stream's handlers, and owns it: destroying
 * the one closes the other. It needs Node's own loop: attached mode, or turns in between.
 *
 * @example
 * TcpListener.listen(manager, { port: 7 }, (stream) => {
 *   const duplex = toDuplex(stream);
 *   duplex.pipe(duplex);
 * });
 */
export function toDuplex(stream: StreamSocket): Duplex {
  let drained: (() => void) | undefined;
  let failure: EventManagerError | null = null;
  const duplex = new Duplex({
    // Half-open or not is the stream's own affair.
    allowHalfOpen: true,
    read: () => void stream.resume(),
    write(chunk: Buffer, _encoding, done) {
      if (stream.write(chunk) || stream.closed) done();
      else drained = done;
    },
    final(done) {
      stream.end();
      done();
    },
    destroy(error, done) {
      stream.close();
      done(error);
    },
  });
  stream.handle({
    // A copy: the stream's buffer is good for this call only.
    onData: (bytes) => {
      if (!duplex.push(Buffer.from(bytes))) stream.pause();
    },
    onEnd: () => void duplex.push(null),
    onDrain: () => {
      const done = drained;
      drained = undefined;
      done?.();
    },
    onError: (error) => {
      failure = error;
    },
    onClose: () => void closed(),
  });
  function closed(): void {
    drained?.();
    if (failure || !duplex.readableEnded) duplex.destroy(failure ?? undefined);
  }
  return duplex;
}

/** A stream as a pair of web streams; see `toDuplex` for what holds of it. */
export function toWeb(stream: StreamSocket): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  return Duplex.toWeb(toDuplex(stream)) as ReturnType<typeof toWeb>;
}
