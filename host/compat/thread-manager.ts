import type { EventOps, EventSubscriber } from '../contract/index.js';
import { EventManager } from '../manager/index.js';

/** A subscriber's place in the manager of its thread. */
export interface Membership {
  readonly ops: EventOps;
  leave(): void;
}

/** The manager of this thread: there while someone is subscribed, and in Node's own loop. */
let manager: EventManager | undefined;
let members = 0;

/** @throws as the constructor of EventManager, and `attach` */
export function subscribe(subscriber: EventSubscriber): Membership {
  manager ??= start();
  const home = manager;
  const id = home.addSubscriber(subscriber);
  members += 1;
  return {
    ops: home.eventOps(id),
    leave: () => {
      members -= 1;
      home.removeSubscriber(id);
      // Not at once: who removes a fd in its handler often adds the next.
      if (members === 0) setImmediate(closeIfIdle);
    },
  };
}

function start(): EventManager {
  // One event a turn, as in the original: promises run, and an exception is thrown, in between.
  const started = new EventManager({ budget: { events: 1 } });
  try {
    started.attach();
  } catch (error) {
    started.close();
    throw error;
  }
  return started;
}

/** A worker that ends by itself thus leaves no epoll instance behind. */
function closeIfIdle(): void {
  if (members > 0) return;
  manager?.close();
  manager = undefined;
}
