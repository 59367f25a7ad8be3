import { unlinkSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkCount, type SubscriberOps, systemError } from '../contract/index.js';
import { AF_UNIX, bind, close, createSocket, listen } from '../sys/index.js';
import { type Acceptor, checkAcceptor, Listener, type ListenerOptions } from './listener.js';
import { resolveStreamOptions, type StreamOptions } from './stream-handlers.js';
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
  readonly #file: string | undefined;
  readonly #options: StreamOptions;

  private constructor(
    fd: number,
    manager: SubscriberOps,
    options: UnixListenOptions,
    acceptor: Acceptor<UnixStream>,
  ) {
    super(fd, manager, options, acceptor);
    this.#options = options;
    this.path = options.path;
    // Absolute, lest the working directory change before it is removed.
    this.#file = options.path.startsWith('\0') ? undefined : resolve(options.path);
  }

  /** socket(2), bind(2), listen(2). @throws RangeError, TypeError; ERR_SYSTEM (EADDRINUSE, …) */
  static listen(
    manager: SubscriberOps,
    options: UnixListenOptions,
    acceptor: Acceptor<UnixStream>,
  ): UnixListener {
    checkAcceptor(acceptor);
    resolveStreamOptions(options);
    const name = checkPath(options.path);
    const backlog = checkCount('backlog', options.backlog ?? BACKLOG, 0, BACKLOG_MAX);
    const fd = createSocket(AF_UNIX);
    const result = fd < 0 ? fd : bind(fd, name) || listen(fd, backlog);
    if (result < 0) {
      if (fd >= 0) close(fd);
      throw systemError(result, 'bind');
    }
    const listener = new UnixListener(fd, manager, options, acceptor);
    listener.join(manager);
    return listener;
  }

  protected override streamOf(fd: number): UnixStream {
    return new UnixStream(fd, 'accept4', this.#options);
  }

  protected override ended(): void {
    super.ended();
    if (this.#file === undefined) return;
    try {
      unlinkSync(this.#file);
    } catch {
      // Someone has removed it before.
    }
  }
}
