import type { Duplex } from 'node:stream';
import { closedError, toDuplex } from './duplex.js';
import type { StreamSocket } from './stream-socket.js';

/** Bytes that are read ahead of whoever reads. */
const READ_AHEAD_BYTES = 65_536;

/**
 * A stream as a pair of web streams; see `toDuplex` for what holds of it. Each half ends by itself:
 * `readable` when the peer has ended, and `writable.close()` settles when our side has, which
 * `Duplex.toWeb` has wait for one another. Cancelling the one or aborting the other closes both.
 */
export function toWeb(stream: StreamSocket): {
  readable: ReadableStream<Uint8Array>;
  writable: WritableStream<Uint8Array>;
} {
  const duplex = toDuplex(stream);
  return { readable: readableOf(duplex), writable: writableOf(duplex) };
}

function readableOf(duplex: Duplex): ReadableStream<Uint8Array> {
  let over = false;
  const once = (settle: () => void) => {
    if (!over) settle();
    over = true;
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        duplex.on('data', (bytes: Buffer) => {
          controller.enqueue(new Uint8Array(bytes));
          if ((controller.desiredSize ?? 0) <= 0) duplex.pause();
        });
        duplex.on('end', () => once(() => controller.close()));
        duplex.on('error', (error) => once(() => controller.error(error)));
        duplex.on('close', () => once(() => controller.error(closedError())));
      },
      pull: () => void duplex.resume(),
      cancel: (reason) => once(() => duplex.destroy(asError(reason))),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: READ_AHEAD_BYTES }),
  );
}

function writableOf(duplex: Duplex): WritableStream<Uint8Array> {
  const settled = (call: (done: (error?: Error | null) => void) => void) =>
    new Promise<void>((done, fail) => call((error) => (error ? fail(error) : done())));
  return new WritableStream<Uint8Array>({
    start(controller) {
      duplex.on('error', (error) => controller.error(error));
      duplex.on('close', () => controller.error(closedError()));
    },
    write: (bytes) => settled((done) => void duplex.write(bytes, done)),
    close: () => settled((done) => void duplex.end(done)),
    abort: (reason) => void duplex.destroy(asError(reason)),
  });
}

function asError(reason: unknown): Error | undefined {
  return reason instanceof Error ? reason : undefined;
}
