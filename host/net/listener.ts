import { EPOLLET, EPOLLIN } from '../../assembly/abi.js';
import {
  checkDelay,
  checkFlag,
  checkOptions,
  type EventManagerError,
  Events,
  FailureRun,
  invalidType,
  type Part,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import { TimerFd } from '../sources/index.js';
import { accept, close, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM } from '../sys/index.js';
import { AcceptQueue, drainedConnections } from './accept-queue.js';
import { assertListening } from './adoption.js';
import type { Acceptor, ListenerOptions } from './listener-options.js';
import { Reserve } from './reserve.js';
import { Socket } from './socket.js';
import type { StreamSocket } from './stream-socket.js';
import { recovered } from './system-call.js';

/** Connections accepted in one turn, before the others get theirs. */
const ACCEPT_BUDGET = 256;
/** So many failures in one turn, of whatever kind, don't lie with the connections. */
const FAILURES_MAX = 16;
/** When accepting is tried again, after it has failed for want of memory or fds. */
const RETRY_NS = 50e6;

/**
 * A listening socket, as a subscriber of one manager: what TCP and Unix listeners have in common.
 *
 * When there is no fd left, waiting connections are taken and closed at once, by means of a fd kept
 * in reserve, so that their clients know and the loop doesn't spin. When accepting fails otherwise
 * (ENOMEM, ENOBUFS), it is tried again 50 ms later, by a timerfd, or when a connection has ended.
 */
export abstract class Listener<S extends StreamSocket> extends Socket {
  /** Connections accepted, and turned away for want of a fd. */
  accepted = 0;
  refused = 0;

  readonly #acceptor: Acceptor<S>;
  readonly #edgeTriggered: boolean;
  readonly #onError: (error: EventManagerError) => void;
  readonly #onGone = () => this.#forgetOne();
  #manager: SubscriberOps<never> | undefined;
  #reserve: Reserve | undefined;
  #retry: TimerFd | undefined;
  #connections = 0;
  #queue: AcceptQueue<S> | undefined;
  readonly #drained = drainedConnections(() => this.#connections);
  /** Of accept4, since the last connection. */
  readonly #failures = new FailureRun(recovered('accept4'));
  /** By the user; and by ourselves, until the timer has expired. */
  #paused = false;
  #waiting = false;

  protected constructor(fd: number, options: ListenerOptions, acceptor: Acceptor<S> | undefined) {
    super(fd, 'socket');
    if (!acceptor) this.#queue = new AcceptQueue<S>((full) => this.pause(full));
    this.#acceptor = acceptor ?? ((stream) => this.#queue!.push(stream));
    this.#edgeTriggered = checkFlag('edgeTriggered', options.edgeTriggered);
    this.#onError = options.onError ?? ((error) => process.emitWarning(error));
  }

  /** Connections that were accepted here and are open. */
  get connections(): number {
    return this.#connections;
  }

  /** The accepted streams of a listener without an acceptor, each unread until its `handle`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<S> {
    if (this.#queue) return this.#queue;
    throw invalidType('What is iterated', 'a listener without an acceptor', this.#acceptor);
  }

  override close(): void;
  /** Waits for the end of those that are open. @throws ERR_TIMED_OUT, by rejection */
  override close(options: { drain: true; timeoutMs?: number }): Promise<void>;
  override close(options?: { drain: true; timeoutMs?: number }): void | Promise<void> {
    if (options !== undefined) checkOptions('close', options, { drain: true, timeoutMs: true });
    super.close();
    if (!checkFlag('drain', options?.drain)) return undefined;
    return this.#drained.wait(checkDelay(options?.timeoutMs));
  }

  /** Accepts no more, until `resume`: what connects waits in the backlog. */
  pause(on = true): void {
    this.#paused = on;
    this.update();
  }

  resume(): void {
    this.pause(false);
  }

  override process(events: Events): void {
    if (events.fd !== this.fd) this.#goOn();
    const errors: unknown[] = [];
    let failures = 0;
    for (let i = 0; i < ACCEPT_BUDGET && this.#accepts; i += 1) {
      const fd = accept(this.fd);
      if (fd === -EAGAIN) break;
      if (fd >= 0) this.#welcome(fd, errors);
      else if (fd === -EMFILE || fd === -ENFILE) {
        if (!this.#refuse(fd)) break;
      } else {
        // As a rule that one connection failed before it was taken: ECONNABORTED, and the like.
        failures += 1;
        const lasting = fd === -ENOBUFS || fd === -ENOMEM || failures === FAILURES_MAX;
        if (!lasting) continue;
        this.#wait(fd);
        break;
      }
      if (i === ACCEPT_BUDGET - 1 && this.#edgeTriggered) this.requeue();
    }
    if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors);
  }

  /** The stream of an accepted fd, which is closed where that fails. */
  protected abstract streamOf(fd: number): S;

  /** Enters the manager with a socket of our own; closed where that fails. */
  protected start(manager: SubscriberOps<never>): this {
    return this.complete(() => {
      this.#prepare(manager);
      this.join(manager);
    });
  }

  /** The same with a socket from elsewhere. */
  protected startAdopted(manager: SubscriberOps<never>): this {
    return this.adopted(manager, () => {
      assertListening(this.fd);
      this.#prepare(manager);
    });
  }

  protected override wanted(): number {
    if (this.#paused || this.#waiting) return 0;
    return (this.#edgeTriggered ? EPOLLIN | EPOLLET : EPOLLIN) >>> 0;
  }

  protected override released(): void {
    this.#reserve?.giveUp();
    this.#retry?.close();
    this.#queue?.end();
  }

  protected override ended(): void {
    this.#recover();
  }

  protected override details(): readonly Part[] {
    return [
      this.place(),
      this.#paused && 'paused',
      this.#waiting && 'waiting for fds or memory',
      `connections: ${this.#connections}, accepted: ${this.accepted}, refused: ${this.refused}`,
    ];
  }

  /** @internal Where it listens. */
  protected abstract place(): string;

  get #accepts(): boolean {
    return !this.closed && !this.#paused && !this.#waiting;
  }

  #prepare(manager: SubscriberOps<never>): void {
    this.#manager = manager;
    this.#reserve = new Reserve();
    this.#retry = new TimerFd();
  }

  #welcome(fd: number, errors: unknown[]): void {
    this.accepted += 1;
    if (this.#failures.lasts) this.#recover();
    let stream: S | undefined;
    try {
      stream = this.streamOf(fd);
      const handlers = this.#acceptor(stream);
      if (handlers) stream.handle(handlers);
      if (stream.closed) return;
      stream.begin(this.#manager!, this.#onGone);
      this.#connections += 1;
    } catch (error) {
      stream?.close();
      errors.push(error);
    }
  }

  /**
   * No fd for it: the reserve makes room to take it, and to close it. Returns whether there was
   * one, which the kernel doesn't say where there is no fd.
   */
  #refuse(status: number): boolean {
    this.#reserve?.giveUp();
    const fd = accept(this.fd);
    if (fd >= 0) {
      close(fd);
      this.refused += 1;
    }
    // Another thread may have been faster. Without a reserve, all there is left is to wait.
    if (!this.#reserve?.replenish()) this.#wait(status);
    else if (fd >= 0) this.#complain(status);
    return fd >= 0;
  }

  /** Tries again when the timer has expired, or one of our own connections has ended. */
  #wait(status: number): void {
    try {
      this.#retry?.set({ afterNs: RETRY_NS });
      this.ops?.add(new Events(this.#retry!, EPOLLIN));
      this.#waiting = true;
      this.update();
    } catch {
      // No room even for the timer: then each turn tries again.
    }
    this.#complain(status);
  }

  #goOn(): void {
    if (!this.#waiting) return;
    this.ops?.remove(this.#retry!);
    this.#retry?.clear();
    this.#waiting = false;
    this.#reserve?.replenish();
    this.update();
  }

  #forgetOne(): void {
    this.#connections -= 1;
    this.#drained.check();
    if (!this.closed) this.#goOn();
  }

  #complain(status: number): void {
    const error = systemError(status, 'accept4', this.fd);
    if (this.#failures.failed(error)) this.#onError(error);
  }

  #recover(): void {
    const failures = this.#failures.ended();
    if (failures) this.#onError(failures);
  }
}
