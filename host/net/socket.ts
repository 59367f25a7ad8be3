import {
  type EventOps,
  type EventSet,
  type EventSubscriber,
  Events,
  type SubscriberId,
  type SubscriberOps,
} from '../contract/index.js';
import { OwnedFd } from '../sources/index.js';

/** A socket as a subscriber of one manager, with one registration, which it keeps up to date. */
export abstract class Socket extends OwnedFd implements EventSubscriber {
  #manager: SubscriberOps | undefined;
  #id: SubscriberId | undefined;
  #ops: EventOps | undefined;
  #interest = 0;
  #silent = false;

  /** What is to be watched, as things stand. */
  protected abstract wanted(): EventSet;

  /** Called once, behind the end. */
  protected abstract ended(): void;

  /** For the manager: one event. */
  abstract process(events: Events): void;

  /** For the manager: registers the socket. */
  init(ops: EventOps): void {
    this.#ops = ops;
    this.#interest = this.wanted();
    ops.add(new Events(this.fd, this.#interest));
  }

  /** For the manager: removed by whomever, or with the manager, it is closed. */
  unsubscribed(): void {
    if (this.#id === undefined) return;
    this.#id = undefined;
    this.close();
  }

  /** Leaves the manager and closes the fd, at once. Idempotent. */
  override close(): void {
    if (this.closed) return;
    const id = this.#id;
    this.#id = undefined;
    if (id !== undefined) this.#manager?.removeSubscriber(id as SubscriberId<this>);
    this.#ops = undefined;
    super.close();
    this.ended();
  }

  /** Enters a manager, and ends with it. Where that fails it is closed; one `adopted` is not. */
  protected join(manager: SubscriberOps, adopted = false): void {
    this.#manager = manager;
    try {
      this.#id = manager.addSubscriber(this);
    } catch (error) {
      this.#ops = undefined;
      if (adopted) this.disown();
      else this.close();
      throw error;
    }
  }

  /** epoll_ctl(2), MOD, where what is wanted has changed. */
  protected update(): void {
    const ops = this.#ops;
    if (!ops) return;
    const wanted = this.wanted();
    if (this.#silent && wanted !== 0) {
      this.#silent = false;
      ops.resume(this.fd);
    }
    if (wanted === this.#interest) return;
    this.#interest = wanted;
    ops.modify(new Events(this.fd, wanted));
  }

  /**
   * Has nothing reported until something is wanted: a level-triggered hang-up that nobody can act
   * on yet would be reported in every turn.
   */
  protected silence(): void {
    if (this.#silent || !this.#ops) return;
    this.#silent = true;
    this.#ops.pause(this.fd);
  }

  /** Has the kernel report anew what is ready: an edge-triggered socket that was left unread. */
  protected requeue(): void {
    this.#ops?.rearm(this.fd);
  }

  /** Goes on with another socket, that was made by socket(2). */
  protected swap(result: number): void {
    this.#ops?.remove(this.fd);
    this.replace(result, 'socket');
  }

  /** Registers the socket that `swap` brought, if it is time. */
  protected register(): void {
    if (this.#ops) this.init(this.#ops);
  }
}
