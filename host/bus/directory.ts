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

  /** Something has changed for it. */
  spoil(): void {
    this.subscriptions = undefined;
    this.only = undefined;
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
    entry.subscriptions.set(handler, subscription);
    for (const topic of entry.topics) topic.spoil();
  }

  remove(subscription: Subscription): void {
    const { pattern, handler } = subscription;
    const entry = this.#patterns.get(pattern);
    if (!entry?.subscriptions.delete(handler)) return;
    for (const topic of entry.topics) topic.spoil();
    if (entry.subscriptions.size > 0) return;
    for (const topic of entry.topics) topic.patterns.delete(entry);
    this.#patterns.delete(pattern);
    if (entry.slot === 0) return;
    this.#table.removePattern(entry.slot);
    this.#patternsBySlot[entry.slot] = undefined;
  }

  #enter(entry: TopicEntry): TopicEntry {
    if (this.#topics.size >= this.#topicsMax) this.#forgetOldest();
    const slot = this.#table.addTopic(entry.name);
    if (slot === 0) throw noRoom('topic');
    entry.slot = slot;
    this.#topicsBySlot[slot] = entry;
    this.#topics.set(entry.name, entry);
    const same = this.#patterns.get(entry.name);
    if (same) join(entry, same);
    for (const each of this.#table.matchPatterns(slot)) join(entry, this.#patternsBySlot[each]!);
    return entry;
  }

  #enterPattern(text: string): PatternEntry {
    const wild = isWild(text);
    const slot = wild ? this.#table.addPattern(text) : 0;
    if (wild && slot === 0) throw noRoom('pattern');
    const entry = { text, slot, subscriptions: new Map(), topics: new Set<TopicEntry>() };
    this.#patterns.set(text, entry);
    if (wild) {
      this.#patternsBySlot[slot] = entry;
      for (const each of this.#table.matchTopics(slot)) join(this.#topicsBySlot[each]!, entry);
    } else {
      const same = this.#topics.get(text);
      if (same) join(same, entry);
    }
    return entry;
  }

  /** All slots are taken then, so that going round them is going by age. */
  #forgetOldest(): void {
    this.#oldest = (this.#oldest % this.#topicsMax) + 1;
    const entry = this.#topicsBySlot[this.#oldest]!;
    for (const pattern of entry.patterns) pattern.topics.delete(entry);
    entry.patterns.clear();
    entry.spoil();
    entry.slot = 0;
    this.#table.removeTopic(this.#oldest);
    this.#topicsBySlot[this.#oldest] = undefined;
    this.#topics.delete(entry.name);
  }
}

function join(topic: TopicEntry, pattern: PatternEntry): void {
  topic.patterns.add(pattern);
  pattern.topics.add(topic);
  topic.spoil();
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
