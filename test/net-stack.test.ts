import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager } from 'wasm-event-manager';
import { TcpListener, TcpStream, toDuplex, UdpSocket, UnixStream } from 'wasm-event-manager/net';
import { LOCALHOST, openFds, runUntil } from './fixtures/sockets.js';

// Each public call, k frames from the end of the stack, for each k until it goes through: it works,
// or throws a RangeError; afterwards the object works or can be closed, and no fd is left.

const FRAMES_MAX = 3_000;
const STEP = 7;

/** Calls `body` with room for `frames` small frames or so; whether it had enough. */
function nearTheEnd(frames: number, body: () => void): boolean {
  let left = -1;
  let ran = false;
  const descend = (): void => {
    try {
      descend();
    } catch (error) {
      // Each frame on the way back counts; the one that is `frames` above the end makes the call.
      left += 1;
      if (left !== frames) throw error;
      body();
      ran = true;
    }
  };
  try {
    descend();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return ran;
}

/** From the end of the stack upwards, until the call has gone through three times in a row. */
function sweep(attempt: (frames: number) => boolean): number {
  let passes = 0;
  for (let frames = 0; frames < FRAMES_MAX; frames += STEP) {
    passes = attempt(frames) ? passes + 1 : 0;
    if (passes === 3) return frames;
  }
  assert.unreachable('it never had room enough');
  return 0;
}

const ignore = { onError: () => {} };

const makers: Record<string, (manager: EventManager) => { close(): void }[]> = {
  'TcpListener.listen': (manager) => [TcpListener.listen(manager, { host: LOCALHOST }, () => ({}))],
  'TcpStream.connect': (manager) => [TcpStream.connect(manager, { port: 9 }, ignore)],
  'UnixStream.connect': (manager) => [UnixStream.connect(manager, { path: '/none' }, ignore)],
  'UnixStream.pair': (manager) => UnixStream.pair(manager),
  'UdpSocket.open': (manager) => [UdpSocket.open(manager, { host: LOCALHOST })],
};

for (const [name, make] of Object.entries(makers)) {
  test(`S45 ${name} at the end of the stack is made whole, or not at all`, () => {
    using manager = new EventManager();
    for (const socket of make(manager)) socket.close();
    const before = openFds();
    let refused = 0;
    sweep((frames) => {
      let made: { close(): void }[] = [];
      const ran = nearTheEnd(frames, () => {
        made = make(manager);
      });
      refused += ran ? 0 : 1;
      for (const socket of made) socket.close();
      assert.is(openFds(), before, `${frames} frames`);
      assert.is([...manager.subscribers()].length, 0, `${frames} frames`);
      return ran;
    });
    assert.ok(refused > 0);
  });
}

type Call = (stream: UnixStream) => void;
const calls: Record<string, Call> = {
  write: (stream) => void stream.write('0123456789'),
  'write of more than fits': (stream) => void stream.write(Buffer.alloc(1_000_000)),
  end: (stream) => stream.end('0123456789'),
  pause: (stream) => void stream.pause(),
  resume: (stream) => void stream.pause().resume(),
  handle: (stream) => void stream.handle({}),
  reset: (stream) => stream.reset(),
  close: (stream) => stream.close(),
  toDuplex: (stream) => void toDuplex(stream).on('error', () => {}),
};

for (const [name, call] of Object.entries(calls)) {
  test(`S45 ${name} at the end of the stack: the stream works, or is closed`, () => {
    using manager = new EventManager({ onHandlerError: 'report', onError: () => {} });
    // koffi binds on first use.
    const warm = UnixStream.pair(manager);
    call(warm[0]);
    for (const stream of warm) stream.close();
    const before = openFds();
    let refused = 0;
    sweep((frames) => {
      let [closes, received] = [0, 0];
      const [ours, theirs] = UnixStream.pair(
        manager,
        { ...ignore, onClose: () => void closes++ },
        {
          ...ignore,
          onData: (bytes) => {
            received += bytes.length;
          },
        },
      );
      const ran = nearTheEnd(frames, () => call(ours));
      refused += ran ? 0 : 1;
      if (!ours.closed) {
        // It goes on, or says that it does not.
        try {
          ours.resume().write('and on');
          ours.end();
        } catch (error) {
          assert.is((error as { code?: string }).code, 'ERR_CLOSED', `${frames} frames: ${error}`);
          ours.close();
        }
      }
      runUntil(manager, () => ours.closed && theirs.closed);
      if (name !== 'toDuplex' && name !== 'handle') assert.is(closes, 1, `${frames} frames`);
      assert.is(openFds(), before, `${frames} frames`);
      assert.is([...manager.subscribers()].length, 0, `${frames} frames`);
      assert.is(received, ours.bytesWritten, `${frames} frames`);
      return ran;
    });
    assert.ok(refused > 0);
  });
}

test('S45 UdpSocket.send at the end of the stack: it goes on', () => {
  using manager = new EventManager();
  let received = 0;
  const socket = UdpSocket.open(manager, { host: LOCALHOST }, { onMessage: () => void received++ });
  const { address } = socket;
  socket.send('x', address);
  sweep((frames) => nearTheEnd(frames, () => void socket.send('x', address)));
  received = 0;
  runUntil(manager, () => received > 0);
  for (let i = 0; i < 3; i += 1) manager.runWithTimeout(5);
  const sofar = received;
  socket.send('x', address);
  runUntil(manager, () => received === sofar + 1);
});

test.run();
