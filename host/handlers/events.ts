import { Events, invalidType, TimeEvent } from '../contract/index.js';

/** A message of a bus, with its topic or endpoint. Handlers share one message object. */
export class Message<T = unknown> {
  readonly topic: string;
  readonly message: T;

  constructor(topic: string, message: T) {
    this.topic = topic;
    this.message = message;
  }
}

/** What can be handled: what happened on a fd, that a time has come, or a message. */
export type HandledEvent = Events | TimeEvent | Message;

/** An event as it is posted to another thread: a plain object. */
export type PlainEvent =
  | { kind: 'fd'; fd: number; eventSet: number; data: number; injected: boolean }
  | { kind: 'time'; name: string; tsEvent: bigint; tsInit: bigint; count: number }
  | { kind: 'message'; topic: string; message: unknown };

export function plain(event: HandledEvent): PlainEvent {
  if (event instanceof Events) {
    const { fd, eventSet, data, injected } = event;
    return { kind: 'fd', fd, eventSet, data, injected };
  }
  if (event instanceof TimeEvent) {
    const { name, tsEvent, tsInit, count } = event;
    return { kind: 'time', name, tsEvent, tsInit, count };
  }
  if (event instanceof Message) {
    return { kind: 'message', topic: event.topic, message: event.message };
  }
  throw invalidType('What is handled', 'an Events, a TimeEvent or a Message', event);
}
