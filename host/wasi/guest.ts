import { EventManagerError } from '../contract/index.js';
import { close } from '../sys/index.js';
import { refuse } from './faults.js';
import type { Policy } from './policy.js';

/** A guest broke a rule of WASI's, for which there is no error in the WIT: it ends. */
export function trap(rule: string): never {
  throw new EventManagerError('ERR_WASI_TRAP', `the guest was stopped: ${rule}`);
}

/** Numbers of pollables, which the generated code keeps in 30 bits. */
const NUMBER_MIN = 2 ** 20;
const NUMBER_MAX = 2 ** 30 - 1;

/** What one guest holds, so that all of it is given back when the guest ends. */
export class Guest {
  readonly policy: Policy;
  readonly #resourcesMax: number;
  readonly #fds = new Set<number>();
  readonly #numbers = new Set<number>();
  #latest = NUMBER_MIN;
  #resources = 0;
  #closed = false;

  constructor(policy: Policy, resourcesMax: number) {
    this.policy = policy;
    this.#resourcesMax = resourcesMax;
  }

  /** Resources that the guest has not dropped. */
  get resources(): number {
    return this.#resources;
  }

  get isFull(): boolean {
    return this.#resources >= this.#resourcesMax;
  }

  enter(): void {
    if (this.#closed) {
      throw new EventManagerError('ERR_CLOSED', 'the WASI host of this guest was closed');
    }
    if (this.isFull) {
      throw new EventManagerError(
        'ERR_LIMIT_EXCEEDED',
        `the guest holds ${this.#resourcesMax} resources of wasi:io and wasi:sockets: raise ` +
          '`resourcesMax`, or have it drop those that it no longer needs',
      );
    }
    this.#resources += 1;
  }

  leave(): void {
    this.#resources -= 1;
  }

  /** Room for a socket, or the error that the WIT has for it. */
  checkRoom(): void {
    if (this.isFull) refuse('new-socket-limit');
  }

  /** One that no other pollable of this guest has, out of the way of preview2-shim's own. */
  takeNumber(): number {
    do this.#latest = this.#latest < NUMBER_MAX ? this.#latest + 1 : NUMBER_MIN;
    while (this.#numbers.has(this.#latest));
    this.#numbers.add(this.#latest);
    return this.#latest;
  }

  giveNumber(number: number): void {
    this.#numbers.delete(number);
  }

  own(fd: number): void {
    this.#fds.add(fd);
  }

  closeFd(fd: number): void {
    if (this.#fds.delete(fd)) close(fd);
  }

  close(): void {
    this.#closed = true;
    for (const fd of this.#fds) close(fd);
    this.#fds.clear();
  }
}

/**
 * What a guest names by a handle. Each has a private part, so that an object that the generated
 * code made up for a forged handle is told by a TypeError, which is a trap.
 */
export class Resource {
  readonly #guest: Guest;
  readonly #parent: Resource | undefined;
  #children = 0;
  #dropped = false;

  constructor(guest: Guest, parent?: Resource) {
    guest.enter();
    this.#guest = guest;
    this.#parent = parent;
    if (parent) parent.#children += 1;
  }

  /** A resource that is still there. */
  get guest(): Guest {
    if (this.#dropped) trap('a resource was used that had been dropped');
    return this.#guest;
  }

  [Symbol.dispose](): void {
    if (this.#dropped) trap('a resource was dropped twice');
    if (this.#children > 0) trap('a resource was dropped before those that were made of it');
    this.#dropped = true;
    this.#guest.leave();
    if (this.#parent) this.#parent.#children -= 1;
    this.released(this.#guest);
  }

  /** After it was dropped. */
  protected released(_guest: Guest): void {}
}
