import { EventSet } from 'wasm-event-manager';

const { IN, OUT, PRIORITY, ERROR, HANG_UP, READ_HANG_UP } = EventSet;
const ANYTHING = IN | OUT | ERROR | HANG_UP | READ_HANG_UP;

/** Told when something arrives at a file, which edge-triggered registrations wait for. */
export interface Watches {
  arrived(key: number): void;
}

/** An open file description, by what the page of rules says of the kernel. */
export abstract class FileModel {
  /** Numbers that name it. */
  names = 0;
  readonly watches = new Set<Watches>();
  /** What a call of epoll_ctl would say to it. */
  readonly pollable: boolean = true;

  abstract ready(): number;

  /** The last number was closed. */
  end(): void {}

  arrive(key: number): void {
    for (const each of this.watches) each.arrived(key);
  }

  get closed(): boolean {
    return this.names === 0;
  }
}

export class CounterModel extends FileModel {
  count = 0;

  ready(): number {
    return this.count > 0 ? IN | OUT : OUT;
  }

  write(): void {
    this.count += 1;
    this.arrive(IN);
  }

  /** What read(2) answers: the counter; 0 where it would block. */
  read(): number {
    const { count } = this;
    this.count = 0;
    if (count > 0) this.arrive(OUT);
    return count;
  }
}

/** Either end of a pipe. What is written to it is so short that it never fills. */
export class PipeModel extends FileModel {
  peer!: PipeModel;
  bytes = 0;
  readonly reads: boolean;

  constructor(reads: boolean) {
    super();
    this.reads = reads;
  }

  ready(): number {
    if (!this.reads) return this.peer.closed ? OUT | ERROR : OUT;
    return (this.bytes > 0 ? IN : 0) | (this.peer.closed ? HANG_UP : 0);
  }

  override end(): void {
    this.peer.arrive(ANYTHING);
  }

  write(length: number): void {
    if (this.reads || this.peer.closed) return;
    this.peer.bytes += length;
    this.peer.arrive(IN);
  }

  read(length: number): number {
    const taken = Math.min(length, this.bytes);
    this.bytes -= taken;
    return taken;
  }
}

/** One of two connected sockets. */
export class SocketModel extends FileModel {
  peer!: SocketModel;
  readonly messages: number[] = [];
  #readShut = false;
  #writeShut = false;
  #reset = false;

  ready(): number {
    let set = this.messages.length > 0 || this.#readShut ? IN : 0;
    if (this.#readShut) set |= READ_HANG_UP;
    if (this.#readShut && this.#writeShut) set |= HANG_UP;
    if (this.#reset) set |= ERROR;
    return set | OUT;
  }

  write(length: number): void {
    if (this.#writeShut) return;
    this.peer.messages.push(length);
    this.peer.arrive(IN | PRIORITY);
  }

  /** What read(2) answers; an error counts as nothing. */
  read(length: number): number {
    let taken = 0;
    while (taken < length && this.messages.length > 0) {
      const part = Math.min(length - taken, this.messages[0]!);
      taken += part;
      this.messages[0]! -= part;
      if (this.messages[0] !== 0) continue;
      this.messages.shift();
      this.peer.arrive(OUT);
    }
    if (taken === 0) this.#reset = false;
    return taken;
  }

  shutdown(how: 'read' | 'write' | 'both'): void {
    if (how !== 'write') {
      this.#readShut = true;
      this.peer.#writeShut = true;
    }
    if (how !== 'read') {
      this.#writeShut = true;
      this.peer.#readShut = true;
    }
    this.arrive(ANYTHING);
    this.peer.arrive(ANYTHING);
  }

  override end(): void {
    if (this.messages.length > 0) this.peer.#reset = true;
    this.shutdown('both');
    for (const _ of this.messages.splice(0)) this.peer.arrive(OUT);
  }
}

/** A regular file. */
export class RegularModel extends FileModel {
  override readonly pollable = false;

  ready(): number {
    return IN;
  }
}
