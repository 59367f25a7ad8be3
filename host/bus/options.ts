import type { Clock } from '../clock/internal.js';
import {
  checkCount,
  checkOptions,
  type EventSubscriber,
  invalidType,
  type OptionNames,
} from '../contract/index.js';
import { EventManager } from '../manager/index.js';
import { defaultModule, MEMORY_MAX_BYTES, type WasmModule } from '../wasm/index.js';
import type { ResponseCallback } from './requests.js';

const COUNT_MAX = 2 ** 24;
export const REQUEST_TIMEOUT_DEFAULT_MS = 30_000;

/** Where an error happened. */
export interface BusErrorContext {
  /** The topic or endpoint. */
  readonly name: string;
}

export interface MessageBusOptions {
  /** As the first argument: the bus delivers in the turns of this manager. */
  manager?: EventManager<never> | EventManager<EventSubscriber>;
  /**
   * Gets what handlers throw, once everybody has had the message. Without it the errors are
   * thrown by the outermost `publish` or `send`, several as one AggregateError; or, in a
   * manager's turn, go by the manager's `onHandlerError`.
   */
  onError?: (error: unknown, context: BusErrorContext) => void;
  /** Measures the timeouts of requests. Default: a manager's live clock, or Node's timers. */
  clock?: Clock;
  /** How many levels deep handlers may answer messages with messages. Default 256. */
  depthMax?: number;
  /** How many messages may wait for their delivery. Default 65 536. */
  queueMax?: number;
  /**
   * How many topics are remembered; beyond, the oldest is forgotten, which costs a search when
   * it comes again. Default 65 536.
   */
  topicsMax?: number;
  /** Default 1 048 576. */
  subscriptionsMax?: number;
  /** Default 65 536. */
  endpointsMax?: number;
  /** How many requests may wait for an answer. Default 65 536. */
  requestsMax?: number;
  /** The most that the tables of topics and patterns may take, in bytes. Default 4 GiB. */
  memoryMax?: number;
  /** The core module. Default: the one that the package ships, `wasm-event-manager/core.wasm`. */
  module?: WasmModule;
}

export interface SubscribeOptions {
  /** Higher is earlier: an integer of 32 bits, signed. Default 0. */
  priority?: number;
}

export interface RequestOptions<R = unknown> {
  /** How long the answer may take, in milliseconds. Infinity: for ever. Default 30 000. */
  timeoutMs?: number;
  /** Gets the answer, in place of a promise. Promises rest while a manager's `run` blocks. */
  callback?: ResponseCallback<R>;
}

const DEFAULTS = {
  depthMax: 256,
  queueMax: 65_536,
  topicsMax: 65_536,
  subscriptionsMax: 2 ** 20,
  endpointsMax: 65_536,
  requestsMax: 65_536,
};
type Limits = typeof DEFAULTS;

const BUS_OPTIONS: OptionNames<MessageBusOptions> = {
  manager: true,
  onError: true,
  clock: true,
  depthMax: true,
  queueMax: true,
  topicsMax: true,
  subscriptionsMax: true,
  endpointsMax: true,
  requestsMax: true,
  memoryMax: true,
  module: true,
};
export const SUBSCRIBE_OPTIONS: OptionNames<SubscribeOptions> = { priority: true };
export const REQUEST_OPTIONS: OptionNames<RequestOptions> = { timeoutMs: true, callback: true };

/** The options, checked, with the defaults filled in. */
export function resolveBusOptions(options: MessageBusOptions) {
  checkOptions('a bus', options, BUS_OPTIONS);
  const { onError, clock, memoryMax = MEMORY_MAX_BYTES } = options;
  if (onError !== undefined && typeof onError !== 'function') {
    throw invalidType('onError', 'a function', onError);
  }
  if (clock !== undefined && typeof clock?.alertAt !== 'function') {
    throw invalidType('clock', 'a LiveClock or a TestClock', clock);
  }
  const limits: Limits = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS) as (keyof Limits)[]) {
    limits[name] = checkCount(name, options[name] ?? DEFAULTS[name], 1, COUNT_MAX);
  }
  return {
    ...limits,
    onError,
    clock,
    module: options.module ?? defaultModule(),
    memoryMax: checkCount('memoryMax', memoryMax, 1, MEMORY_MAX_BYTES),
  };
}

/** A manager may be given in either place, but one only. */
export function chooseManager(
  first: EventManager<never> | EventManager<EventSubscriber> | undefined,
  options: MessageBusOptions | null,
): EventManager<never> | undefined {
  const second = options?.manager;
  if (second === undefined) return first as EventManager<never> | undefined;
  if (first !== undefined || !(second instanceof EventManager)) {
    throw invalidType('manager', 'an EventManager, given once', second);
  }
  return second as EventManager<never>;
}
