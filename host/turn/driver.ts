/** Whoever makes a manager's turns while it is attached. None of it may throw. */
export interface LoopDriver {
  readonly attached: boolean;
  /** A turn is over, whoever made it. */
  turned(): void;
  /** Something was queued for the next turn. */
  queued(): void;
  /** No more turns are wanted. */
  stopped(): void;
}
