/** What a tap is shown. */
export interface TappedMessage {
  readonly kind: 'publish' | 'send' | 'request' | 'response';
  /** The topic, or the endpoint. */
  readonly name: string;
  /** Of a failed response: the error. */
  readonly message: unknown;
  /** Of a request and its response. */
  readonly correlationId?: number;
}
export type Tap = (tapped: TappedMessage) => void;

/** Those that listen in. */
export class Taps {
  /** Never changed, so that it can be walked while taps come and go. */
  #taps: readonly Tap[] = [];

  /** Whether there are any: asked before what they are shown is made. */
  get active(): boolean {
    return this.#taps.length > 0;
  }

  /** Answers how to end it. */
  add(tap: Tap): () => void {
    // Equal only to itself, where the same function is given twice.
    const own: Tap = (tapped) => tap(tapped);
    this.#taps = [...this.#taps, own];
    return () => {
      this.#taps = this.#taps.filter((each) => each !== own);
    };
  }

  list(): readonly Tap[] {
    return this.#taps;
  }
}
