import { EventManagerError } from '../errors.js';
import { EventManager } from '../event-manager.js';
import type { EventSet } from '../event-set.js';
import { Events } from '../events.js';
import { internalsOf } from '../internals.js';
import { OwnedFd } from '../sources/owned-fd.js';
import type { EventOps, EventSubscriber, SubscriberId, SubscriberOps } from '../subscriber.js';

/** The sockets of each manager, which end with it. */
const tenants = new WeakMap<object, Set<Socket>>();

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

  /** Leaves the manager and closes the fd, at once. Idempotent. */
  override close(): void {
    if (this.closed) return;
    if (this.#manager && this.#id !== undefined) this.#leave(this.#manager, this.#id);
    this.#ops = undefined;
    super.close();
    this.ended();
  }

  /** Enters a manager, and ends with it. */
  protected join(manager: SubscriberOps): void {
    this.#manager = manager;
    try {
      this.#id = manager.addSubscriber(this);
    } catch (error) {
      this.close();
      throw error;
    }
    let known = tenants.get(manager);
    if (!known) {
      known = new Set();
      tenants.set(manager, known);
      if (manager instanceof EventManager) closeAllWith(manager, known);
    }
    known.add(this);
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

  /** Where the manager's policy or its end took the socket out before, there is nothing to do. */
  #leave(manager: SubscriberOps, id: SubscriberId): void {
    tenants.get(manager)?.delete(this);
    try {
      manager.removeSubscriber(id as SubscriberId<this>);
    } catch (error) {
      const code = error instanceof EventManagerError ? error.code : '';
      if (code !== 'ERR_INVALID_ID' && code !== 'ERR_CLOSED') throw error;
    }
  }
}

function closeAllWith(manager: EventManager, sockets: ReadonlySet<Socket>): void {
  const { onClose, loop } = internalsOf(manager as EventManager<never>);
  onClose(() => {
    for (const socket of sockets) {
      try {
        socket.close();
      } catch (error) {
        loop.faults.report(error, {});
      }
    }
  });
}
