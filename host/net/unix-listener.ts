import { statSync, unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  assertStackRoom,
  checkCount,
  checkOptions,
  type FdSource,
  fdOf,
  type OptionNames,
  type SubscriberOps,
} from '../contract/index.js';
import { AF_UNIX, bind, createSocket, decodeUnix, listen, NAME_MAX, nameOf } from '../sys/index.js';
import { placeOf } from './address.js';
import { Listener } from './listener.js';
import {
  type Acceptor,
  checkAcceptor,
  LISTENER_OPTIONS,
  type ListenerOptions,
} from './listener-options.js';
import {
  STREAM_OPTIONS,
  type StreamOptions,
  type StreamSettings,
  settingsOf,
} from './stream-handlers.js';
import { checkResult } from './system-call.js';
import { checkPath, UnixStream } from './unix-stream.js';

const BACKLOG = 511;
const BACKLOG_MAX = 65_535;

export interface UnixListenOptions extends ListenerOptions, StreamOptions {
  /**
   * Where the socket is to be, which must not exist; `close` removes it. A path that begins with
   * '\0' is a name of the abstract namespace, which is no file.
   */
  path: string;
  /** Connections that may wait to be accepted. Default 511. */
  backlog?: number;
}

const ADOPT_OPTIONS: OptionNames<ListenerOptions & StreamOptions> = {
  ...LISTENER_OPTIONS,
  ...STREAM_OPTIONS,
};
const LISTEN_OPTIONS: OptionNames<UnixListenOptions> = {
  ...ADOPT_OPTIONS,
  path: true,
  backlog: true,
};

/**
 * Listens for connections within this machine. Who may connect is up to the folder's permissions,
 * and the process's umask.
 *
 * @example
 * using echo = UnixListener.listen(manager, { path: '/run/echo.sock' }, (stream) => ({
 *   onData: (bytes) => void stream.write(bytes),
 * }));
 */
export class UnixListener extends Listener<UnixStream> {
  readonly path: string;
  readonly #settings: StreamSettings;
  /** Removes the file that bind(2) has made, if there is one. */
  #unlink = () => {};

  private constructor(
    fd: number,
    path: string,
    options: ListenerOptions & StreamOptions,
    acceptor: Acceptor<UnixStream> | undefined,
  ) {
    super(fd, options, acceptor);
    this.#settings = settingsOf(options);
    this.path = path;
  }

  /**
   * socket(2), bind(2), listen(2).
   *
   * @throws RangeError, TypeError; EADDRINUSE, EMFILE: it takes three fds, …
   */
  static listen(
    manager: SubscriberOps<never>,
    options: UnixListenOptions,
    acceptor?: Acceptor<UnixStream>,
  ): UnixListener {
    checkOptions('listen', options, LISTEN_OPTIONS);
    checkAcceptor(acceptor, options);
    settingsOf(options);
    const name = checkPath(options.path);
    const backlog = checkCount('backlog', options.backlog ?? BACKLOG, 0, BACKLOG_MAX);
    assertStackRoom();
    const fd = checkResult(createSocket(AF_UNIX), 'socket');
    const listener = new UnixListener(fd, options.path, options, acceptor);
    return listener.complete(() => {
      checkResult(bind(fd, name), 'bind', fd, placeOf(name));
      if (!options.path.startsWith('\0')) listener.#unlink = removerOf(options.path);
      checkResult(listen(fd, backlog), 'listen', fd, placeOf(name));
      listener.start(manager);
    });
  }

  /**
   * Takes over a Unix socket that listens already, such as one of systemd's. Its file stays when it
   * is closed. Where it throws, the fd is still yours.
   *
   * @throws ERR_NOT_LISTENING; ENOTSOCK, EMFILE; what `addSubscriber` throws
   */
  static adopt(
    manager: SubscriberOps<never>,
    source: FdSource,
    acceptor: Acceptor<UnixStream>,
    options: ListenerOptions & StreamOptions = {},
  ): UnixListener {
    assertStackRoom();
    checkOptions('adopt', options, ADOPT_OPTIONS);
    checkAcceptor(acceptor, options);
    settingsOf(options);
    const fd = fdOf(source);
    const name = Buffer.alloc(NAME_MAX);
    const path = decodeUnix(name, checkResult(nameOf(fd, 'local', name), 'getsockname', fd));
    return new UnixListener(fd, path, options, acceptor).startAdopted(manager);
  }

  protected override place(): string {
    return JSON.stringify(this.path);
  }

  protected override streamOf(fd: number): UnixStream {
    return new UnixStream(fd, 'accept4', this.#settings);
  }

  protected override released(): void {
    super.released();
    this.#unlink();
  }
}

/** Removes that very file: not one that someone else has bound there since. */
function removerOf(path: string): () => void {
  // Absolute, lest the working directory change before it is removed.
  const file = resolve(path);
  const { dev, ino } = statSync(file, { bigint: true });
  return () => {
    try {
      const now = statSync(file, { bigint: true });
      if (now.dev === dev && now.ino === ino) unlinkSync(file);
    } catch {
      // Someone has removed it before.
    }
  };
}
