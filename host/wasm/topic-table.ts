import type { Core } from './instance.js';

const UNIT_BYTES = 2;

/** The topics and patterns of a core, by slot. A slot of 0 stands for none: memory is full. */
export class TopicTable {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Enters a topic: its slot, or 0. */
  addTopic(topic: string): number {
    const text = this.#write(topic);
    return text === 0 ? 0 : this.#core.exports.addTopic(text, topic.length);
  }

  /** Enters a pattern: its slot, or 0. */
  addPattern(pattern: string): number {
    const text = this.#write(pattern);
    return text === 0 ? 0 : this.#core.exports.addPattern(text, pattern.length);
  }

  removeTopic(slot: number): void {
    this.#core.exports.removeTopic(slot);
  }

  removePattern(slot: number): void {
    this.#core.exports.removePattern(slot);
  }

  /** The slots of the patterns that match a topic. */
  matchPatterns(topicSlot: number): Int32Array {
    return this.#matched(this.#core.exports.matchPatterns(topicSlot));
  }

  /** The slots of the known topics that a pattern matches. */
  matchTopics(patternSlot: number): Int32Array {
    return this.#matched(this.#core.exports.matchTopics(patternSlot));
  }

  /** A copy: the list is overwritten by the next match. */
  #matched(count: number): Int32Array {
    const { exports, memory } = this.#core;
    memory.renewAfterGrowth();
    const start = (exports.matchedSlots() >>> 0) >>> 2;
    return memory.words.slice(start, start + count);
  }

  /** Lays a text out in memory, as UTF-16: its address, or 0. */
  #write(text: string): number {
    const address = this.#core.exports.allocateText(text.length) >>> 0;
    if (address === 0) return 0;
    const { buffer } = this.#core.memory.bytes;
    Buffer.from(buffer, address, text.length * UNIT_BYTES).write(text, 'utf16le');
    return address;
  }
}
