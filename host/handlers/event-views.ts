import { EventManagerError, Events, TimeEvent } from '../contract/index.js';
import type { HandledEvent, Message } from './events.js';

/** The event that a read-only handler sees. It ends with the call: keep what `clone` returns. */
export abstract class EventView<E extends HandledEvent> {
  #event: E | undefined;

  constructor(event: E) {
    this.#event = event;
    Object.freeze(this);
  }

  /** The event itself, to keep. */
  clone(): E {
    return this.live;
  }

  /** @internal From now on every access throws. */
  revoke(): void {
    this.#event = undefined;
  }

  /** @throws ERR_VIEW_REVOKED */
  protected get live(): E {
    if (this.#event) return this.#event;
    throw new EventManagerError(
      'ERR_VIEW_REVOKED',
      "this view ended with its handler's call: keep what its `clone()` answers instead",
    );
  }
}

/** What happened on a fd. */
export class FdEventView extends EventView<Events> {
  get fd(): number {
    return this.live.fd;
  }
  get data(): number {
    return this.live.data;
  }
  get eventSet(): number {
    return this.live.eventSet;
  }
  get injected(): boolean {
    return this.live.injected;
  }
  has(set: number): boolean {
    return this.live.has(set);
  }
  get readable(): boolean {
    return this.live.readable;
  }
  get writable(): boolean {
    return this.live.writable;
  }
  get priority(): boolean {
    return this.live.priority;
  }
  get error(): boolean {
    return this.live.error;
  }
  get hangUp(): boolean {
    return this.live.hangUp;
  }
  get readHangUp(): boolean {
    return this.live.readHangUp;
  }
  get readClosed(): boolean {
    return this.live.readClosed;
  }
  get writeClosed(): boolean {
    return this.live.writeClosed;
  }
}

/** That a timer's time has come. */
export class TimeEventView extends EventView<TimeEvent> {
  get name(): string {
    return this.live.name;
  }
  get tsEvent(): bigint {
    return this.live.tsEvent;
  }
  get tsInit(): bigint {
    return this.live.tsInit;
  }
  get count(): number {
    return this.live.count;
  }
}

/** A message. What it carries is shared with others, so that this shows a copy. */
export class MessageView<T = unknown> extends EventView<Message<T>> {
  get topic(): string {
    return this.live.topic;
  }

  /** A deep copy, made at each access. @throws DataCloneError for what can't be copied */
  get message(): T {
    return structuredClone(this.live.message);
  }
}

/** The view that goes with a kind of event. */
export type ViewOf<E> = E extends Events
  ? FdEventView
  : E extends TimeEvent
    ? TimeEventView
    : E extends Message<infer T>
      ? MessageView<T>
      : never;

export function viewOf(event: HandledEvent): FdEventView | TimeEventView | MessageView {
  if (event instanceof Events) return new FdEventView(event);
  return event instanceof TimeEvent ? new TimeEventView(event) : new MessageView(event);
}
