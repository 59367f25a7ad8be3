export { PATTERN_LENGTH_MAX, TOPIC_LENGTH_MAX } from './checks.js';
export type { BusCounters } from './counters.js';
export type { EndpointHandler, MessageHandler } from './handler.js';
export { MessageBus } from './message-bus.js';
export { bridgeNats, type NatsBridge } from './nats-bridge.js';
export type { NatsConnection, NatsConnectOptions } from './nats-connection.js';
export {
  JSON_CODEC,
  type NatsBridgeMetrics,
  type NatsBridgeOptions,
  type PayloadCodec,
} from './nats-options.js';
export type {
  BusErrorContext,
  MessageBusOptions,
  RequestOptions,
  SubscribeOptions,
} from './options.js';
export type { Request } from './request.js';
export type { ResponseCallback } from './requests.js';
export type { Subscription } from './subscription.js';
export type { Tap, TappedMessage } from './taps.js';
export type { Topic } from './topic.js';
