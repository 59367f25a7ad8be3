import { EPOLLHUP } from '../../assembly/abi.js';
import {
  assertStackRoom,
  EventManagerError,
  type EventOps,
  type EventSet,
  type EventSubscriber,
  Events,
  type SubscriberId,
  type SubscriberOps,
} from '../contract/index.js';
import { OwnedFd } from '../sources/index.js';
import { makeNonBlocking } from '../sys/index.js';
import { checkResult } from './system-call.js';

/** A socket as a subscriber of one manager, with one registration, which it keeps up to date. */
export abstract class Socket extends OwnedFd implements EventSubscriber {
  #manager: SubscriberOps<never> | undefined;
  #id: SubscriberId | undefined;
  #ops: EventOps | undefined;
  #registered = false;
  #interest = 0;
  #silent = false;
  #stale = false;
  #leaving = false;
  #told = false;

  /** What is to be watched, as things stand. */
  protected abstract wanted(): EventSet;

  /** For the manager: one event. */
  abstract process(events: Events): void;

  /** For the manager: registers the socket. */
  init(ops: EventOps): void {
    this.#ops = ops;
    if (this.ready) this.register();
  }

  /** For the manager: removed by whomever, or with the manager, it is closed. */
  unsubscribed(): void {
    if (this.#leaving) return;
    this.#id = undefined;
    this.close();
  }

  /**
   * Leaves the manager and closes the fd, at once. Idempotent: where the stack ends in the middle
   * of it, a second call does the rest.
   */
  override close(): void {
    if (this.#told) return;
    assertStackRoom();
    this.discard();
    this.#told = true;
    this.ended();
  }

  /** Gives back what else it owns, once the fd is gone. */
  protected released(): void {}

  /** Tells of the end, once. Not where a socket was never finished. */
  protected ended(): void {}

  /** Whether there is something to register: else `register` is called later. */
  protected get ready(): boolean {
    return true;
  }

  protected get ops(): EventOps | undefined {
    return this.#ops;
  }

  /** Enters a manager, and ends with it. */
  protected join(manager: SubscriberOps<never>): void {
    this.#manager = manager;
    this.#id = manager.addSubscriber(this as never);
  }

  /**
   * What is half made is not made: takes the steps, and where one of them fails gives everything
   * back. As a rule the fd is closed, and no handler hears of it: the caller gets the error.
   */
  protected complete(steps: () => void, undo: () => void = () => this.discard()): this {
    try {
      steps();
    } catch (error) {
      undo();
      throw error;
    }
    return this;
  }

  /** Leaves the manager and closes the fd, and tells no one. */
  protected discard(): void {
    this.#leave();
    super.close();
    this.released();
  }

  /** Enters a manager with a fd from elsewhere, which stays its owner's where a step fails. */
  protected adopted(manager: SubscriberOps<never>, steps: () => void): this {
    const giveBack = () => {
      this.#leave();
      this.disown();
      this.released();
    };
    return this.complete(() => {
      this.join(manager);
      steps();
      checkResult(makeNonBlocking(this.fd), 'fcntl', this.fd);
    }, giveBack);
  }

  /** @internal epoll_ctl(2), ADD: the socket, or the one that `swap` brought. */
  register(): void {
    if (!this.#ops) return;
    const wanted = this.wanted();
    // Nobody forgot to ask: it is paused, or waits for its handlers.
    this.#ops.add(new Events(this.fd, wanted || EPOLLHUP));
    this.#interest = wanted;
    this.#registered = true;
  }

  /** @internal epoll_ctl(2), MOD, where what is wanted has changed. */
  update(): void {
    const ops = this.#ops;
    if (!ops || !this.#registered) return;
    const wanted = this.wanted();
    if (wanted === this.#interest && !(this.#silent && wanted !== 0)) return;
    this.#stale = true;
    if (this.#silent && wanted !== 0) {
      ops.resume(this.fd);
      this.#silent = false;
    }
    if (wanted !== this.#interest) ops.modify(new Events(this.fd, wanted));
    this.#interest = wanted;
    this.#stale = false;
  }

  /** Does again what `update` has failed to do, for want of stack or memory. */
  protected refresh(): void {
    if (this.#stale) this.update();
  }

  /**
   * @internal Has nothing reported until something is wanted: a level-triggered hang-up that nobody
   * can act on yet would be reported in every turn.
   */
  silence(): void {
    if (this.#silent || !this.#registered) return;
    this.#ops?.pause(this.fd);
    this.#silent = true;
  }

  /** @internal Has the kernel report anew an edge-triggered socket that was left unread. */
  requeue(): void {
    if (this.#registered) this.#ops?.rearm(this.fd);
  }

  /** Goes on with another socket, which socket(2) made, and which is yet to be registered. */
  protected swap(fd: number): void {
    if (this.#registered) this.#ops?.remove(this.fd);
    this.#registered = false;
    this.#silent = false;
    this.replace(fd, 'socket');
  }

  #leave(): void {
    this.#ops = undefined;
    this.#registered = false;
    if (this.#id === undefined || this.#leaving) return;
    this.#leaving = true;
    try {
      this.#manager?.removeSubscriber(this.#id as SubscriberId<never>);
    } catch (error) {
      // It was removed before, or its registration was dead already. All that is left is the fd.
      if (!(error instanceof EventManagerError)) throw error;
    } finally {
      this.#leaving = false;
    }
    this.#id = undefined;
  }
}
