import { constants } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { EventManagerError, outOfRange, type Part, systemError } from '../contract/index.js';
import { createEventFd, EAGAIN, read, ringEventFd } from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';
import { type SignalName, signalName, signalNumbers } from './signals.js';

const COUNTER_SIZE = 8;
const SIGNALS = constants.signals;
/** What no process catches. */
const UNCAUGHT = ['SIGKILL', 'SIGSTOP'];

/**
 * Signals as events of a fd, by way of Node's own signal handling, so that any signal works that
 * `process.on` takes. An eventfd(2) tells that there are some.
 *
 * Node notices a signal in its own event loop: at once in attached mode. A blocking `run` returns
 * 0 when a signal arrives (`retryOnInterrupt` aside), and the signal can be read once the loop has
 * had a turn: two `await setImmediate()` before the next run, as the first may come before the
 * loop looks. One that comes right before `run` blocks waits until that returns: give it a timeout.
 * `runForever` never lets any through.
 *
 * @example
 * using relay = new SignalRelay(['SIGTERM', 'SIGHUP']);
 * interest().read().withFd(relay).withHandler(({ source }) => {
 *   if (source.read() === 'SIGTERM') manager.stop();
 * }).registerInto(manager);
 */
export class SignalRelay extends OwnedFd {
  readonly signals: readonly string[];
  readonly #waiting = new Set<string>();
  readonly #counter = new Uint8Array(COUNTER_SIZE);
  readonly #note = (name: string) => this.#receive(name);

  /**
   * eventfd(2), and process.on for each signal: the default action, such as ending the process, is
   * off meanwhile.
   *
   * @throws RangeError for SIGKILL and SIGSTOP, which nothing catches, and real-time signals, which
   * Node doesn't; TypeError; ERR_UNSUPPORTED_PLATFORM in a worker, where Node delivers no signals;
   * EMFILE, …
   */
  constructor(signals: Iterable<SignalName>) {
    const names = signalNumbers(signals).map(signalName);
    const deaf = names.find((name) => UNCAUGHT.includes(name) || !Object.hasOwn(SIGNALS, name));
    if (deaf) throw outOfRange('A signal', 'one that `process.on` takes', deaf);
    if (!isMainThread) throw notInWorkerError();
    super(() => createEventFd(0, false), 'eventfd');
    this.signals = names;
    try {
      for (const name of names) process.on(name, this.#note);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The next signal that came, or null. Equal ones merge while they wait. @throws ERR_CLOSED */
  read(): string | null {
    const fd = this.open;
    const [name] = this.#waiting;
    if (name === undefined) return null;
    this.#waiting.delete(name);
    if (this.#waiting.size === 0) read(fd, this.#counter);
    return name;
  }

  /** Closes the relay, and removes its listeners from `process`. */
  override close(): void {
    if (this.closed) return;
    for (const name of this.signals) process.off(name, this.#note);
    super.close();
  }

  protected override details(): readonly Part[] {
    return [this.signals.join(', ')];
  }

  #receive(name: string): void {
    this.#waiting.add(name);
    const result = ringEventFd(this.fd);
    // A counter that is full is readable.
    if (result < 0 && result !== -EAGAIN) throw systemError(result, 'write', this.fd);
  }
}

function notInWorkerError(): EventManagerError {
  return new EventManagerError(
    'ERR_UNSUPPORTED_PLATFORM',
    'Node delivers signals to the main thread alone: make the SignalRelay there, and tell the ' +
      'worker by a remote call',
  );
}
