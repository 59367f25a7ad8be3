import { EventManagerError } from '../contract/index.js';
import { connect, describeErrno, EINPROGRESS, familyOf, takeError } from '../sys/index.js';

/** The socket that a dial is about. */
interface Dialler {
  readonly fd: number;
  /** Goes on with a new socket of that family. */
  renew(family: number): void;
}

/** Connecting: one address after the other, until one answers. */
export class Dial {
  readonly #target: string;
  #names: Uint8Array[] = [];
  /** The family of the socket while that is unused; 0 from then on. */
  #fresh: number;
  /** Why there is no connection yet. */
  error: EventManagerError | undefined;

  /** `target` is for messages; `family` is that of the socket there is. */
  constructor(target: string, family: number) {
    this.#target = target;
    this.#fresh = family;
  }

  /** Sets the sockaddrs to try, or why there are none. */
  aim(names: readonly Uint8Array[] | EventManagerError): void {
    if (names instanceof EventManagerError) this.error = names;
    else this.#names = [...names];
  }

  /** connect(2) to the next address where that can begin; false when there is none left. */
  begin(socket: Dialler): boolean {
    for (let name = this.#names.shift(); name; name = this.#names.shift()) {
      const family = familyOf(name);
      if (family !== this.#fresh) socket.renew(family);
      this.#fresh = 0;
      const result = connect(socket.fd, name);
      if (result === 0 || result === -EINPROGRESS) return true;
      this.#note(result, socket.fd);
    }
    return false;
  }

  /** Once the socket is writable: whether it is connected. */
  succeeded(fd: number): boolean {
    const status = takeError(fd);
    if (status < 0) this.#note(status, fd);
    return status === 0;
  }

  #note(status: number, fd: number): void {
    const errno = -status;
    const { name, text } = describeErrno(errno);
    this.error = new EventManagerError(
      'ERR_SYSTEM',
      `connect to ${this.#target} failed: ${text} (${name})`,
      { errno, syscall: 'connect', fd },
    );
  }
}
