import { EPOLL_CTL_ADD } from '../../assembly/abi.js';
import { EEXIST } from './errno.js';
import type { NativePollHandle } from './libc.js';
import type { PollHandle, Syscalls } from './syscalls.js';
import { pollByUv } from './uv-poll.js';

/** What is watched in this thread's loop, by fd. */
const polled = new Map<number, NodePoll>();
let closesOnExit = false;

/**
 * One fd watched by libuv, in the loop of the calling thread.
 *
 * libuv trusts whoever hands it a fd: one that epoll refuses, a second handle on the same one, or a
 * call after `close` end the process. So the fd is probed first, and the handle kept behind a
 * state. libuv itself adds the fd to its epoll instance when it next waits, and aborts where that
 * fails; until then the probe stays, so that whatever would make the nest too deep is refused to
 * the one who asks for it.
 */
export class NodePoll implements PollHandle {
  readonly #fd: number;
  readonly #syscalls: Syscalls;
  #native: NativePollHandle | undefined;
  #probe: number;

  /** Begins to watch; `onReadable` gets 0, or a negative errno. Answers a negative errno itself. */
  static open(
    fd: number,
    syscalls: Syscalls,
    onReadable: (status: number) => void,
  ): NodePoll | number {
    if (polled.has(fd)) return -EEXIST;
    const probe = syscalls.create();
    if (probe < 0) return probe;
    const status = syscalls.ctl(probe, EPOLL_CTL_ADD, fd, 0, 0, 0);
    if (status < 0) {
      syscalls.close(probe);
      return status;
    }
    if (!closesOnExit) process.on('exit', closeAll);
    closesOnExit = true;
    return new NodePoll(fd, syscalls, probe, onReadable);
  }

  private constructor(
    fd: number,
    syscalls: Syscalls,
    probe: number,
    onReadable: (status: number) => void,
  ) {
    this.#fd = fd;
    this.#syscalls = syscalls;
    this.#probe = probe;
    if (!isExiting()) this.#native = pollByUv(fd, onReadable);
    polled.set(fd, this);
    // The first may come before libuv has waited, the second can't.
    setImmediate(() => setImmediate(() => this.#dropProbe()));
  }

  ref(): void {
    this.#native?.ref();
  }

  unref(): void {
    this.#native?.unref();
  }

  close(): void {
    const native = this.#native;
    if (!native) return;
    this.#native = undefined;
    polled.delete(this.#fd);
    native.close();
    this.#dropProbe();
  }

  #dropProbe(): void {
    if (this.#probe < 0) return;
    this.#syscalls.close(this.#probe);
    this.#probe = -1;
  }
}

/**
 * When a process or a worker has ended, libuv makes some last rounds, in which JavaScript can't be
 * called any more: a callback that libuv would make there ends the process.
 */
function closeAll(): void {
  for (const each of polled.values()) each.close();
}

/** Whether 'exit' was emitted: there will be no more rounds. */
function isExiting(): boolean {
  return (process as { _exiting?: boolean })._exiting === true;
}
