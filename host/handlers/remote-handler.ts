import { EventManagerError, invalidType } from '../contract/index.js';
import { RemoteEndpoint } from '../remote/internal.js';
import { type HandledEvent, type PlainEvent, plain } from './events.js';

/** A Worker, a MessagePort, a BroadcastChannel: whatever posts. */
export interface Postable {
  postMessage(event: PlainEvent): void;
}

/** A handler in another thread, to which the event is posted as a plain object, without waiting. */
export class RemoteHandler {
  readonly kind = 'remote';
  readonly #post: (event: PlainEvent) => void;
  #gone = false;

  /** @internal See `remote`. */
  constructor(post: (event: PlainEvent) => void) {
    this.#post = post;
  }

  handle(event: HandledEvent, _ops?: unknown): void {
    if (this.#gone) {
      throw new EventManagerError(
        'ERR_CLOSED',
        'the thread of this remote handler has ended: nobody is there to be told',
      );
    }
    this.#post(plain(event));
  }

  /** @internal The other side has ended. */
  end(): void {
    this.#gone = true;
  }
}

/**
 * A handler in another thread: a Worker or MessagePort that the event is posted to, or a procedure
 * that the manager of an endpoint exposes, which is called without waiting for its answer.
 *
 * @throws TypeError
 * @example
 * const worker = new Worker(file); // parentPort.on('message', ({ kind, fd, eventSet }) => …)
 * manager.addSubscriber(subscriberOf(remote(worker), [new Events(bell, EventSet.IN)]));
 */
export function remote(target: Postable): RemoteHandler;
export function remote(endpoint: RemoteEndpoint, procedure: string): RemoteHandler;
export function remote(target: Postable | RemoteEndpoint, procedure?: string): RemoteHandler {
  if (target instanceof RemoteEndpoint) {
    if (typeof procedure !== 'string') throw invalidType('procedure', 'a name', procedure);
    return new RemoteHandler((event) => target.fire(procedure, event));
  }
  if (typeof target?.postMessage !== 'function') {
    throw invalidType('The target', 'a RemoteEndpoint, or what has `postMessage`', target);
  }
  const handler = new RemoteHandler((event) => target.postMessage(event));
  // Posting to a thread that has ended is no error to Node: it would be lost without a word.
  const { once } = target as { once?: (name: string, listener: () => void) => void };
  for (const name of ['exit', 'close']) once?.call(target, name, () => handler.end());
  return handler;
}
