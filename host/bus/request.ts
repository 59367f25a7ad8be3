/** What the handler of an endpoint gets beside a message that wants an answer. */
export class Request {
  /** Names the request, on its bus, and is never used again. */
  readonly correlationId: number;
  readonly endpoint: string;
  readonly #answer: (error: unknown, message: unknown) => boolean;

  /** @internal */
  constructor(
    correlationId: number,
    endpoint: string,
    answer: (error: unknown, message: unknown) => boolean,
  ) {
    this.correlationId = correlationId;
    this.endpoint = endpoint;
    this.#answer = answer;
  }

  /**
   * Answers, now or later. False when nobody waits any more: it was answered already, or timed
   * out; that is counted as `lateResponses`.
   */
  respond(message: unknown): boolean {
    return this.#answer(undefined, message);
  }

  /** Answers with an error, which the one who asked gets as it is. Else as `respond`. */
  fail(error: unknown): boolean {
    return this.#answer(error ?? new Error('the request failed'), undefined);
  }
}
