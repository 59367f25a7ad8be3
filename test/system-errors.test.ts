import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, connect as netConnect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  AdoptedFd,
  type ErrorCode,
  EventFd,
  EventManager,
  EventManagerError,
  EventSet,
  Events,
  Inotify,
  PidFd,
  pipe,
  type SystemErrorCode,
} from 'wasm-event-manager';
import {
  TcpListener,
  TcpStream,
  UdpSocket,
  UnixListener,
  UnixStream,
} from 'wasm-event-manager/net';
import { Interest, Poll, Token } from 'wasm-event-manager/poll';
import { systemError } from '../host/contract/index.js';
import { ERRNO_NAMES } from '../host/sys/errno-names.js';

interface World {
  manager: EventManager;
  folder: string;
}
const test = suite<World>('system errors');
const HOST = '127.0.0.1';
const ignore = () => undefined;

test.before.each((world) => {
  world.manager = new EventManager();
  world.folder = mkdtempSync(join(tmpdir(), 'wem-'));
});
test.after.each(({ manager, folder }) => {
  manager.close();
  rmSync(folder, { recursive: true });
});

/** What a call throws: its properties, and its message in `text`. */
function thrown(call: () => unknown): Record<string, unknown> & { text: string } {
  try {
    call();
  } catch (error) {
    assert.instance(error, EventManagerError);
    return { ...(error as object), text: (error as Error).message };
  }
  throw new Error('it did not fail');
}

/** What a stream's connect fails with. */
function failure<S>(manager: EventManager, connect: (onError: (e: Error) => void) => S) {
  let found: Error | undefined;
  connect((error) => {
    found = error;
  });
  for (let turns = 0; !found && turns < 100; turns += 1) manager.runWithTimeout(5_000);
  return thrown(() => {
    throw found;
  });
}

function without(details: Record<string, unknown>, ...keys: string[]) {
  return Object.fromEntries(Object.entries(details).filter(([key]) => !keys.includes(key)));
}

test('S49 a port that is in use', ({ manager }) => {
  const { port } = TcpListener.listen(manager, { host: HOST }, ignore).address;
  const error = thrown(() => TcpListener.listen(manager, { host: HOST, port }, ignore));
  assert.ok((error.fd as number) > 2);
  assert.equal(without(error, 'text', 'fd'), {
    name: 'EventManagerError',
    code: 'EADDRINUSE',
    errno: -98,
    syscall: 'bind',
    address: HOST,
    port,
  });
  assert.match(error.text, `bind to ${HOST}:${port} on fd ${error.fd} failed: address already`);
  assert.match(error.text, '(EADDRINUSE)');
  assert.match(error.text, 'Choose another');
});

test('S49 code, errno, address and port are those of node:net', async ({ manager }) => {
  const port = await closedPort();
  const theirs = await new Promise<NodeJS.ErrnoException & { address: string; port: number }>(
    (resolve) => netConnect(port, HOST).once('error', (error) => resolve(error as never)),
  );
  const ours = failure(manager, (onError) =>
    TcpStream.connect(manager, { host: HOST, port }, { onError }),
  );
  const { code, errno, syscall, address } = theirs;
  assert.equal(
    [ours.code, ours.errno, ours.syscall, ours.address, ours.port],
    [code, errno, syscall, address, theirs.port],
  );
  assert.match(ours.text, `connect to ${HOST}:${port} on fd `);
});

test('S49 a host that has a name is told by both, and each address that was tried', async ({
  manager,
}) => {
  const port = await closedPort();
  const resolver = () => HOST;
  const ours = await new Promise<EventManagerError>((resolve) => {
    manager.attach();
    TcpStream.connect(manager, { host: 'db.example', port, resolver }, { onError: resolve });
  });
  assert.equal([ours.address, ours.port], [HOST, port]);
  assert.match(ours.message, `connect to db.example:${port} (${HOST}:${port})`);
});

test('S49 a path that is in use, or that nobody listens at', ({ manager, folder }) => {
  const path = join(folder, 'socket');
  UnixListener.listen(manager, { path }, ignore);
  const taken = thrown(() => UnixListener.listen(manager, { path }, ignore));
  assert.equal([taken.code, taken.errno, taken.syscall], ['EADDRINUSE', -98, 'bind']);
  assert.equal([taken.path, taken.address], [path, path]);
  assert.match(taken.text, `bind to "${path}"`);
  const nowhere = join(folder, 'none');
  const missing = failure(manager, (onError) =>
    UnixStream.connect(manager, { path: nowhere }, { onError }),
  );
  assert.equal(
    [missing.code, missing.errno, missing.syscall, missing.address, missing.path],
    ['ENOENT', -2, 'connect', nowhere, nowhere],
  );
});

test('S49 datagrams tell where to', ({ manager }) => {
  const socket = UdpSocket.open(manager, { host: HOST });
  const tooLong = Buffer.alloc(70_000);
  const error = thrown(() => socket.send(tooLong, { address: HOST, port: 9 }));
  assert.equal([error.code, error.errno, error.syscall], ['EMSGSIZE', -90, 'sendto']);
  assert.equal([error.address, error.port, error.fd], [HOST, 9, socket.fd]);
  const peer = UdpSocket.open(manager, { peer: { host: HOST, port: 9 } });
  assert.equal(thrown(() => peer.send(tooLong)).port, 9);
  const { port } = socket.address;
  const bound = thrown(() => UdpSocket.open(manager, { host: HOST, port }));
  assert.equal([bound.code, bound.address, bound.port], ['EADDRINUSE', HOST, port]);
});

test('S49 files tell their path, processes their number', ({ folder }) => {
  const path = join(folder, 'none');
  const open = thrown(() => AdoptedFd.open(path));
  assert.equal([open.code, open.errno, open.syscall, open.path], ['ENOENT', -2, 'open', path]);
  assert.match(open.text, `open of "${path}" failed: no such file or directory (ENOENT)`);
  const watch = thrown(() => {
    using inotify = new Inotify();
    inotify.watch(path);
  });
  assert.equal(
    [watch.code, watch.errno, watch.syscall, watch.path],
    ['ENOENT', -2, 'inotify_add_watch', path],
  );
  const { pid } = spawnSync('true');
  const gone = thrown(() => new PidFd(pid));
  assert.equal([gone.code, gone.errno, gone.syscall], ['ESRCH', -3, 'pidfd_open']);
  assert.match(gone.text, `process ${pid}`);
});

test('S49 what has a fd tells it', ({ manager }) => {
  using bell = new EventFd(2n ** 64n - 2n);
  const full = thrown(() => bell.write());
  assert.equal([full.code, full.errno, full.syscall, full.fd], ['EAGAIN', -11, 'write', bell.fd]);
  const { reader, writer } = pipe();
  reader.close();
  using end = writer;
  const broken = thrown(() => end.write('x'));
  assert.equal([broken.code, broken.errno, broken.fd], ['EPIPE', -32, end.fd]);
  const ops = manager.eventOps(manager.addSubscriber({ process() {} }));
  const closed = thrown(() => ops.add(new Events(100_000, EventSet.IN)));
  assert.equal(
    [closed.code, closed.errno, closed.syscall, closed.fd],
    ['EBADF', -9, 'epoll_ctl', 100_000],
  );
  using poll = new Poll();
  const same = thrown(() => poll.registry.register(100_000, Token(1), Interest.READABLE));
  assert.equal([same.code, same.errno, same.fd], ['EBADF', -9, 100_000]);
});

test("S49 the library's own answers keep their codes, and have the errno too", ({ manager }) => {
  const file = openSync('/dev/null', 'r');
  const ops = manager.eventOps(manager.addSubscriber({ process() {} }));
  const refused = thrown(() => ops.add(new Events(file, EventSet.IN)));
  closeSync(file);
  assert.equal(
    [refused.code, refused.errno, refused.syscall],
    ['ERR_NOT_POLLABLE', -1, 'epoll_ctl'],
  );
});

test('S49 each errno has the name that Node has for it', () => {
  for (const [errno, [name]] of getSystemErrorMap()) {
    if (errno < -133) continue; // libuv's own.
    const error = systemError(errno, 'read', 3);
    assert.is(error.code, name);
    assert.is(error.errno, errno);
    assert.match(error.message, `(${name})`);
  }
  const names: readonly string[] = ERRNO_NAMES;
  assert.is(names[132], 'EHWPOISON');
  assert.is(systemError(-512, 'read').code, 'UNKNOWN');
});

test('S49 the type of a code is that of both lists, and of nothing else', () => {
  const { code } = new EventManagerError('EPIPE', 'x');
  const known: ErrorCode = code;
  const system: SystemErrorCode = 'EPIPE';
  // @ts-expect-error: no such code
  assert.not(code === 'EADDRINUES' || known === 'ERR_SYSTEM');
  assert.is(known, system);
});

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, HOST, resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test.run();
