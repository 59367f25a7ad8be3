import type { TopicEntry } from './directory.js';
import type { Origin, Subscription } from './subscription.js';

/**
 * The message that is handed round, and how far it has come: it outlives a throw, and the turn
 * whose budget is used up. One object for all messages, one after the other.
 */
export class Round {
  /** Undefined when there is none. */
  entry: TopicEntry | undefined;
  message: unknown;
  /** What comes from here isn't sent back to it. */
  origin: Origin | undefined;
  /** Whom it reaches: undefined until it is begun. */
  list: readonly Subscription[] | undefined;
  /** The place in `list` of the one who is next. */
  at = 0;
  /** Whether anybody has had it. */
  reached = false;

  start(entry: TopicEntry, message: unknown, origin: Origin | undefined): void {
    this.message = message;
    this.origin = origin;
    this.list = undefined;
    this.at = 0;
    this.reached = false;
    this.entry = entry;
  }

  end(): void {
    this.entry = undefined;
    this.list = undefined;
    this.message = undefined;
  }
}
