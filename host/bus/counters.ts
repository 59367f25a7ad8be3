/** What a bus has done since it was made. */
export class Counters {
  /** Messages published. */
  published = 0;
  /** Messages sent to endpoints, requests aside. */
  sent = 0;
  /** Requests made. */
  requests = 0;
  /** Answers that reached the one who had asked. */
  responses = 0;
  /** Calls of handlers: of subscribers, endpoints and callbacks. Taps don't count. */
  delivered = 0;
  /** Messages that reached nobody: no subscriber, an endpoint that was gone, a closed bus. */
  dropped = 0;
  /** Answers to a request that was answered already, or timed out. */
  lateResponses = 0;
  /** Requests that nobody answered in time. */
  timedOut = 0;
  /** Handlers, and taps, that threw or whose promise was rejected. */
  errors = 0;
}

/** The counters, and how many there are of each thing now. */
export interface BusCounters extends Readonly<Counters> {
  readonly topics: number;
  readonly subscriptions: number;
  readonly endpoints: number;
  readonly pendingRequests: number;
  /** Messages that wait for their delivery. */
  readonly queued: number;
}
