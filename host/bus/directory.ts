import { EventManagerError } from '../contract/index.js';
import type { TopicTable } from '../wasm/index.js';
import { checkPattern, checkTopic, isWild } from './checks.js';
import { byPriorityAndOrder, type Subscription } from './subscription.js';

/** A topic that was published on, with those whom its messages reach. */
export class TopicEntry {
  readonly name: string;
  /** 0 once it was forgotten. */
  slot = 0;
  /** In the order of delivery, and never changed; undefined when it is to be made anew. */
  subscriptions: readonly Subscription[] | undefined;
  /** The one subscription of a topic that has one, which saves the way through the array. */
  only: Subscription | undefined;
  readonly patterns = new Set<PatternEntry>();

  constructor(name: string) {
    this.name = name;
  }
}

/** A pattern that is subscribed to. */
interface PatternEntry {
  readonly text: string;
  /** 0 for a pattern without wildcards: it is found by its text alone. */
  slot: number;
  /** By what the user gave as a handler. */
  readonly subscriptions: Map<unknown, Subscription>;
  readonly topics: Set<TopicEntry>;
}

/**
 * Who gets what. The patterns that match a topic are sought when it is first seen, and the topics
 * that match a pattern when that is first subscribed to; from then on both are just followed.
 *
 * Each change is prepared first, and then made without a call, so that an overflow of the stack
 * can't come between (S45). At the worst it leaves a slot of the tables that nobody owns.
 */
export class Directory {
  readonly #table: TopicTable;
  readonly #topicsMax: number;
  readonly #topics = new Map<string, TopicEntry>();
  readonly #topicsBySlot: (TopicEntry | undefined)[] = [];
  readonly #patterns = new Map<string, PatternEntry>();
  readonly #patternsBySlot: (PatternEntry | undefined)[] = [];
  #latest: TopicEntry | undefined;
  #repeated: TopicEntry | undefined;
  /** The slot that is forgotten next, once there are as many topics as there may be. */
  #oldest = 0;

  constructor(table: TopicTable, topicsMax: number) {
    this.#table = table;
    this.#topicsMax = topicsMax;
  }

  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  get patterns(): string[] {
    return [...this.#patterns.keys()];
  }

  get topicCount(): number {
    return this.#topics.size;
  }

  find(pattern: string, handler: unknown): Subscription | undefined {
    return this.#patterns.get(pattern)?.subscriptions.get(handler);
  }

  has(pattern: string): boolean {
    return this.#patterns.has(pattern);
  }

  /**
   * A topic by its name. In a run of messages on one topic it is not looked up, but compared; and
   * only in a run, as strings that differ may take longer to compare than to look up.
   */
  topic(name: string): TopicEntry {
    const repeated = this.#repeated;
    if (repeated !== undefined && name === repeated.name) return repeated;
    const entry = this.#topics.get(name) ?? this.#enter(new TopicEntry(checkTopic(name)));
    this.#repeated = entry === this.#latest ? entry : undefined;
    this.#latest = entry;
    return entry;
  }

  /** Whom a message on a topic reaches, when that isn't at hand. */
  subscribersOf(entry: TopicEntry): readonly Subscription[] {
    const known = this.#topics.get(entry.name) ?? this.#enter(entry);
    if (known.subscriptions === undefined) {
      const all = [...known.patterns].flatMap(({ subscriptions }) => [...subscriptions.values()]);
      known.subscriptions = oncePerOrigin(all.sort(byPriorityAndOrder));
      if (known.subscriptions.length === 1) known.only = known.subscriptions[0];
    }
    return known.subscriptions;
  }

  add(subscription: Subscription): void {
    const { pattern, handler } = subscription;
    const entry = this.#patterns.get(pattern) ?? this.#enterPattern(checkPattern(pattern));
    for (const topic of entry.topics) {
      topic.subscriptions = undefined;
      topic.only = undefined;
    }
    entry.subscriptions.set(handler, subscription);
  }

  /** Answers the slot to be released, or 0, once the change is made. */
  remove(subscription: Subscription): number {
    const { pattern, handler } = subscription;
    const entry = this.#patterns.get(pattern)!;
    const last = entry.subscriptions.size === 1;
    for (const topic of entry.topics) {
      topic.subscriptions = undefined;
      topic.only = undefined;
      if (last) topic.patterns.delete(entry);
    }
    subscription.live = false;
    entry.subscriptions.delete(handler);
    if (!last) return 0;
    this.#patterns.delete(pattern);
    this.#patternsBySlot[entry.slot] = undefined;
    return entry.slot;
  }

  /** Gives a pattern's slot back to the tables. */
  release(slot: number): void {
    if (slot !== 0) this.#table.removePattern(slot);
  }

  #enter(entry: TopicEntry): TopicEntry {
    if (this.#topics.size >= this.#topicsMax) this.#forgetOldest();
    const slot = this.#table.addTopic(entry.name);
    if (slot === 0) throw noRoom('topic');
    const matched = this.#table.matchPatterns(slot);
    const same = this.#patterns.get(entry.name);
    this.#topicsBySlot[slot] = entry;
    this.#topics.set(entry.name, entry);
    entry.slot = slot;
    entry.subscriptions = undefined;
    entry.only = undefined;
    if (same) {
      entry.patterns.add(same);
      same.topics.add(entry);
    }
    for (let i = 0; i < matched.length; i += 1) {
      const pattern = this.#patternsBySlot[matched[i]!];
      if (pattern === undefined) continue;
      entry.patterns.add(pattern);
      pattern.topics.add(entry);
    }
    return entry;
  }

  #enterPattern(text: string): PatternEntry {
    const wild = isWild(text);
    const slot = wild ? this.#table.addPattern(text) : 0;
    if (wild && slot === 0) throw noRoom('pattern');
    const matched = wild ? this.#table.matchTopics(slot) : [];
    const same = wild ? undefined : this.#topics.get(text);
    const entry = { text, slot, subscriptions: new Map(), topics: new Set<TopicEntry>() };
    this.#patterns.set(text, entry);
    if (wild) this.#patternsBySlot[slot] = entry;
    if (same) {
      entry.topics.add(same);
      same.patterns.add(entry);
    }
    for (let i = 0; i < matched.length; i += 1) {
      const topic = this.#topicsBySlot[matched[i]!];
      if (topic === undefined) continue;
      entry.topics.add(topic);
      topic.patterns.add(entry);
    }
    return entry;
  }

  /** There are as many as there may be, so that going round their slots is going by age. */
  #forgetOldest(): void {
    let entry: TopicEntry | undefined;
    while (entry === undefined) {
      this.#oldest = this.#oldest + 1 < this.#topicsBySlot.length ? this.#oldest + 1 : 1;
      entry = this.#topicsBySlot[this.#oldest];
    }
    const { slot } = entry;
    for (const pattern of entry.patterns) pattern.topics.delete(entry);
    entry.patterns.clear();
    entry.subscriptions = undefined;
    entry.only = undefined;
    entry.slot = 0;
    this.#topicsBySlot[slot] = undefined;
    this.#topics.delete(entry.name);
    this.#table.removeTopic(slot);
  }
}

/** A bridge gets each message once, however many of its patterns match. */
function oncePerOrigin(subscriptions: readonly Subscription[]): readonly Subscription[] {
  const origins = new Set<object>();
  return subscriptions.filter(({ origin }) => {
    if (origin === undefined) return true;
    return !origins.has(origin) && origins.add(origin);
  });
}

function noRoom(what: string): EventManagerError {
  return new EventManagerError(
    'ERR_OUT_OF_MEMORY',
    `no room for one more ${what} in the bus's tables: raise \`memoryMax\``,
  );
}
