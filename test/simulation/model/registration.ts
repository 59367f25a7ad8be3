import { EventSet } from 'wasm-event-manager';
import type { Key } from '../witness.js';
import type { FileModel, Watches } from './files.js';
import type { MemberModel } from './member.js';

const { ERROR, HANG_UP, EDGE_TRIGGERED, ONE_SHOT, EXCLUSIVE } = EventSet;

/** What a registration should be. */
export class RegistrationModel implements Watches {
  /** The file that the number named when it was registered. */
  file: FileModel;
  readonly owner: MemberModel;
  readonly fd: number;
  key: Key | undefined;
  interest: number;
  data: number;
  paused = false;
  armed = true;
  /** Paused and EXCLUSIVE: the kernel has no entry, so that nobody knows what the number was. */
  detached = false;
  ended = false;
  /** Silenced by an entry that the kernel may report once. */
  mayBeDiscarded = false;
  /** An edge that was not reported yet. */
  #edge = false;
  /** Whether its state may be reported once more, as its number was made sure of. */
  #doubt = false;

  constructor(file: FileModel, owner: MemberModel, fd: number, interest: number, data: number) {
    this.file = file;
    this.owner = owner;
    this.fd = fd;
    this.interest = interest;
    this.data = data;
    file.watches.add(this);
    this.tellAnew();
  }

  get exclusive(): boolean {
    return (this.interest & EXCLUSIVE) !== 0;
  }

  get edgeTriggered(): boolean {
    return (this.interest & EDGE_TRIGGERED) !== 0;
  }

  get oneShot(): boolean {
    return (this.interest & ONE_SHOT) !== 0;
  }

  get silent(): boolean {
    return this.paused || !this.armed;
  }

  /** What a delivery may tell. */
  get wanted(): number {
    return (this.interest | ERROR | HANG_UP) >>> 0;
  }

  arrived(key: number): void {
    if ((key & this.wanted) !== 0) this.#edge = true;
  }

  /** What the next wait should bring of it, 0 for nothing. */
  due(): number {
    if (this.silent || this.file.closed) return 0;
    if (this.edgeTriggered && !this.#edge) return 0;
    return (this.file.ready() & this.wanted) >>> 0;
  }

  /** What a wait may bring of it besides. */
  perhapsDue(): number {
    if (this.silent || this.file.closed || !this.#doubt) return 0;
    return (this.file.ready() & this.wanted) >>> 0;
  }

  /** A wait has brought it. */
  received(): void {
    this.#edge = false;
    this.#doubt = false;
    if (this.oneShot) this.armed = false;
  }

  /** A wait has brought an event that it should not have: whether that is explained. */
  discard(): boolean {
    const may = this.mayBeDiscarded;
    this.mayBeDiscarded = false;
    return may;
  }

  /** Its state is reported once more. */
  tellAnew(): void {
    this.#edge = true;
    this.mayBeDiscarded = false;
  }

  /** Its entry may have been made anew, to see whether its number names its file. */
  madeSureOf(): void {
    this.#doubt = true;
    if (this.silent) this.mayBeDiscarded = true;
  }

  pause(): void {
    this.paused = true;
    this.mayBeDiscarded = true;
    this.detached = this.exclusive;
  }

  end(): void {
    this.ended = true;
    this.file.watches.delete(this);
  }

  /** The kernel had nothing of it: it is what the number names now. */
  attachTo(file: FileModel): void {
    this.file.watches.delete(this);
    this.file = file;
    this.detached = false;
    file.watches.add(this);
  }
}
