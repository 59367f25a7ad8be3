import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN } from '../../assembly/abi.js';
import { isMissing, libc } from './calls.js';
import { controlEpoll, createEpoll, waitEpoll } from './epoll.js';
import { EEXIST } from './errno.js';
import { close } from './files.js';
import { addressOf } from './libc.js';
import { epollEventSize } from './platform.js';
import type { PollHandle } from './syscalls.js';
import { type UvHandle, uvLoop, watchByUv } from './uv-handle.js';

/** So many that are ready are told of at once; the others come next. */
const READY_MAX = 64;

/**
 * What is watched in the loop of this thread: by one epoll instance, which libuv watches from when
 * it is made until the thread ends.
 *
 *     libuv's epoll instance ─► ours ─► each watched fd: a manager's epoll instance
 *
 * libuv trusts whoever hands it a fd: one that it can't add, a second handle on the same one, or a
 * call after `close` end the process. Ours is good and stays; whatever the kernel says to a fd that
 * is added to it or taken from it is an answer, and costs nothing but a system call.
 */
class NodeLoop {
  readonly #epfd: number;
  readonly #uv: UvHandle | undefined;
  readonly #watched = new Map<number, Watch>();
  /** Where there is but one. */
  #only: Watch | undefined;
  /** Those that keep the loop alive, and whether libuv knows. */
  readonly #referring = new Set<Watch>();
  #keepsAlive = false;
  /** Whether a fd may be in ours that isn't in the map, as adding it was broken off. */
  #mayHaveStrays = false;
  readonly #events = new Uint32Array((READY_MAX * epollEventSize()) / 4);
  readonly #eventsAddress: number;

  constructor(epfd: number) {
    this.#epfd = epfd;
    this.#eventsAddress = addressOf(this.#events);
    if (isExiting()) return;
    nestInUv(epfd);
    this.#uv = watchByUv(epfd, (status) => this.#tell(status));
    // In the last rounds of its loop, after 'exit', JavaScript can't be called.
    process.once('exit', () => this.#uv?.stop());
  }

  watch(fd: number, onReadable: (status: number) => void): Watch | number {
    const watch = new Watch(this, fd, onReadable);
    const hadStrays = this.#mayHaveStrays;
    this.#mayHaveStrays = true;
    const status = controlEpoll(this.#epfd, EPOLL_CTL_ADD, fd, EPOLLIN, fd, 0);
    if (status < 0 && !(status === -EEXIST && !this.#watched.has(fd))) {
      this.#mayHaveStrays = hadStrays;
      return status;
    }
    try {
      // One that stood under this number was closed behind our back, and has left by that.
      this.#watched.get(fd)?.dismiss();
      this.#watched.set(fd, watch);
      watch.ref();
      this.#count();
    } catch (error) {
      // The stack is used up: now it is a stray.
      this.#watched.delete(fd);
      this.#referring.delete(watch);
      throw error;
    }
    this.#mayHaveStrays = hadStrays;
    return watch;
  }

  unwatch(watch: Watch): void {
    if (this.#watched.get(watch.fd) !== watch) return;
    this.#watched.delete(watch.fd);
    this.#count();
    controlEpoll(this.#epfd, EPOLL_CTL_DEL, watch.fd, 0, 0, 0);
  }

  refer(watch: Watch, referring: boolean): void {
    if (referring) this.#referring.add(watch);
    else this.#referring.delete(watch);
    const keep = this.#referring.size > 0;
    if (keep === this.#keepsAlive) return;
    if (keep) this.#uv?.ref();
    else this.#uv?.unref();
    this.#keepsAlive = keep;
  }

  #count(): void {
    const { size } = this.#watched;
    this.#only = size === 1 ? this.#watched.values().next().value : undefined;
  }

  /** From libuv: nothing may be thrown here. */
  #tell(status: number): void {
    if (status === 0 && this.#only && !this.#mayHaveStrays) this.#only.onReadable(0);
    else if (status === 0) this.#tellReady();
    else for (const watch of [...this.#watched.values()]) watch.onReadable(status);
  }

  #tellReady(): void {
    const count = waitEpoll(this.#epfd, this.#eventsAddress, READY_MAX, 0);
    const words = epollEventSize() / 4;
    for (let i = 0; i < count; i += 1) {
      const fd = this.#events[(i + 1) * words - 2]!;
      const watch = this.#watched.get(fd);
      if (watch) watch.onReadable(0);
      else controlEpoll(this.#epfd, EPOLL_CTL_DEL, fd, 0, 0, 0);
    }
  }
}

/** One fd watched in this thread's loop. */
class Watch implements PollHandle {
  readonly fd: number;
  readonly onReadable: (status: number) => void;
  readonly #loop: NodeLoop;
  #closed = false;

  constructor(loop: NodeLoop, fd: number, onReadable: (status: number) => void) {
    this.#loop = loop;
    this.fd = fd;
    this.onReadable = onReadable;
  }

  ref(): void {
    if (!this.#closed) this.#loop.refer(this, true);
  }

  unref(): void {
    this.#loop.refer(this, false);
  }

  close(): void {
    this.dismiss();
    this.#loop.unwatch(this);
  }

  /** It does nothing any more. */
  dismiss(): void {
    this.#closed = true;
    this.unref();
  }
}

let loopOfThread: NodeLoop | undefined;

/** Makes the loop of this thread, where there is none: 0 or a negative errno. */
export function openNodeLoop(): number {
  if (loopOfThread) return 0;
  const epfd = createEpoll();
  if (epfd < 0) return epfd;
  try {
    loopOfThread = new NodeLoop(epfd);
  } catch (error) {
    close(epfd);
    throw error;
  }
  return 0;
}

/** See `Syscalls.poll`. */
export function pollInNode(fd: number, onReadable: (status: number) => void): PollHandle | number {
  const status = openNodeLoop();
  return status < 0 ? status : loopOfThread!.watch(fd, onReadable);
}

/**
 * Puts ours into libuv's epoll instance, which libuv would do when it next waits, and takes as done
 * when it is. From now on the kernel sees how deep a fd is nested, and refuses what is too deep.
 */
function nestInUv(epfd: number): void {
  if (isMissing('napi_get_uv_event_loop') || isMissing('uv_backend_fd')) return;
  controlEpoll(libc.uv_backend_fd(uvLoop()), EPOLL_CTL_ADD, epfd, 0, epfd, 0);
}

/** Whether 'exit' was emitted: there will be no more rounds. */
function isExiting(): boolean {
  return (process as { _exiting?: boolean })._exiting === true;
}
