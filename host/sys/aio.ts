import { addressOf } from './backend.js';
import { libc } from './calls.js';

/** io_setup, io_destroy, io_getevents, io_submit and io_cancel, for which libc has no functions. */
const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  x64: [206, 207, 208, 209, 210],
  arm64: [0, 1, 4, 2, 3],
};
const [SETUP, DESTROY, GETEVENTS, SUBMIT, CANCEL] = [0, 1, 2, 3, 4];
const ENOSYS = 38;
const IOCB_CMD_POLL = 5;
const IOCB_FLAG_RESFD = 1;

/**
 * struct iocb: data u64, key u32, flags u32, opcode u16, priority i16, fd u32, events u64, …,
 * flags u32, eventfd u32.
 */
const IOCB_SIZE = 64;
const AT_OPCODE = 16;
const AT_FD = 20;
const AT_EVENTS = 24;
const AT_FLAGS = 56;
const AT_EVENT_FD = 60;

/** struct io_event: data u64, iocb u64, result i64, i64. */
const EVENT_WORDS = 4;
const BATCH = 16;
/** Requests at a time. Beyond, `ask` answers -EAGAIN. */
const REQUESTS_MAX = 128;

/** Where answers go, and the time that io_getevents(2) is to wait for them: none. */
const answers = new BigInt64Array(EVENT_WORDS * BATCH);
const noTime = new BigInt64Array(2);

function call(index: number, a: number, b = 0, c = 0, d = 0, e = 0): number {
  const number = NUMBERS[process.arch]?.[index];
  if (number === undefined) return -ENOSYS;
  return libc.syscall(number, a, b, c, d, e);
}

/** One request, where the kernel finds it until it is answered. */
interface Request {
  readonly id: number;
  readonly iocb: Buffer;
}

/**
 * Asks the kernel to be told once, by an eventfd, when a file has certain events: io_submit(2) with
 * IOCB_CMD_POLL, Linux 4.18. One request for each owner, to whom the answer goes.
 */
export class AioPolls<T = unknown> {
  /** Those that were not answered. */
  readonly #requests = new Map<T, Request>();
  readonly #owners = new Map<number, T>();
  #context = 0;
  #lastId = 0;

  /** io_setup(2): whether the kernel takes requests. */
  open(): boolean {
    if (this.#context > 0) return true;
    answers[0] = 0n;
    if (call(SETUP, REQUESTS_MAX, addressOf(answers)) < 0) return false;
    this.#context = Number(answers[0]);
    return true;
  }

  /** Whether a request is under way. */
  asked(owner: T): boolean {
    return this.#requests.has(owner);
  }

  /** In place of what was asked before: 0 or a negative errno. */
  ask(owner: T, fd: number, events: number, eventFd: number): number {
    this.cancel(owner);
    const iocb = Buffer.alloc(IOCB_SIZE);
    this.#lastId += 1;
    iocb.writeBigUInt64LE(BigInt(this.#lastId), 0);
    iocb.writeUInt16LE(IOCB_CMD_POLL, AT_OPCODE);
    iocb.writeUInt32LE(fd, AT_FD);
    iocb.writeBigUInt64LE(BigInt(events), AT_EVENTS);
    iocb.writeUInt32LE(IOCB_FLAG_RESFD, AT_FLAGS);
    iocb.writeUInt32LE(eventFd, AT_EVENT_FD);
    const list = BigUint64Array.of(BigInt(addressOf(iocb)));
    const result = call(SUBMIT, this.#context, 1, addressOf(list));
    if (result < 0) return result;
    this.#requests.set(owner, { id: this.#lastId, iocb });
    this.#owners.set(this.#lastId, owner);
    return 0;
  }

  /**
   * io_cancel(2). The eventfd may be made readable all the same, and what was answered before is
   * still handed over.
   */
  cancel(owner: T): void {
    const request = this.#requests.get(owner);
    if (!request) return;
    this.#requests.delete(owner);
    call(CANCEL, this.#context, addressOf(request.iocb), addressOf(answers));
  }

  /** io_getevents(2), without waiting: hands over what has happened; 0 for what was cancelled. */
  harvest(take: (owner: T, events: number) => void): void {
    for (let count = BATCH; count === BATCH; ) {
      count = call(GETEVENTS, this.#context, 0, BATCH, addressOf(answers), addressOf(noTime));
      for (let i = 0; i < count; i += 1) {
        const id = Number(answers[i * EVENT_WORDS]);
        const owner = this.#owners.get(id);
        if (owner === undefined) continue;
        this.#owners.delete(id);
        if (this.#requests.get(owner)?.id === id) this.#requests.delete(owner);
        take(owner, Math.max(0, Number(answers[i * EVENT_WORDS + 2])));
      }
    }
  }

  /** io_destroy(2): cancels what is under way. */
  close(): void {
    if (this.#context > 0) call(DESTROY, this.#context);
    this.#context = 0;
    this.#requests.clear();
    this.#owners.clear();
  }
}
