import { EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLLIN } from '../../assembly/abi.js';
import { addressOf } from './backend.js';
import { libc } from './calls.js';
import { controlEpoll, createEpoll, waitEpoll } from './epoll.js';
import { EEXIST, EMFILE } from './errno.js';
import { epollEventSize } from './event-size.js';
import { close, duplicate, O_CLOEXEC } from './files.js';
import { koffiFailure } from './koffi.js';
import { refusal } from './refusal.js';
import type { PollHandle } from './syscalls.js';
import { type UvHandle, uvEpollInstance, watchByUv } from './uv-handle.js';

/** So many fds are watched by libuv without a detour, which takes 0.2 µs off each event. */
const DIRECT_MAX = 2;
/** So many of the others that are ready are told of at once; the rest comes next. */
const READY_MAX = 64;

/**
 * What is watched in the loop of this thread. libuv has a few handles, from when this is made until
 * the thread ends; what is watched goes behind one of them:
 *
 *     libuv's epoll instance ─┬─► a number of ours that is made to mean the fd: dup3(2)
 *                             └─► an epoll instance of ours ─► each further fd
 *
 * libuv trusts whoever hands it a fd: one that it can't add, a second handle on the same one, or a
 * call after `close` end the process. Here whatever the kernel says to a fd is an answer, and to
 * begin and to end cost a few system calls. While nothing is behind it, a number means an epoll
 * instance that stays empty.
 */
class NodeLoop {
  readonly #uvEpfd: number;
  readonly #empty: number;
  readonly #direct: readonly Direct[];
  readonly #shared: number;
  readonly #watched = new Map<number, Watch>();
  /** Those that keep the loop alive, and whether libuv knows. */
  readonly #referring = new Set<Watch>();
  #keepsAlive = false;
  readonly #uv: readonly UvHandle[];
  readonly #events = new Uint32Array((READY_MAX * epollEventSize()) / 4);
  readonly #eventsAddress: number;

  /** The last of the fds is the epoll instance of ours, the first the empty one. */
  constructor([empty, ...fds]: readonly number[]) {
    this.#empty = empty!;
    this.#shared = fds.at(-1)!;
    this.#eventsAddress = addressOf(this.#events);
    this.#uvEpfd = uvEpollInstance();
    // Where Node hides libuv's, all goes into ours.
    const numbers = this.#uvEpfd < 0 ? [] : fds.slice(0, -1);
    this.#direct = numbers.map((number) => ({ number, watch: undefined }));
    // From now on the kernel sees how deep a fd is nested. libuv takes it as done.
    controlEpoll(this.#uvEpfd, EPOLL_CTL_ADD, this.#shared, 0, this.#shared, 0);
    this.#uv = isExiting() ? [] : watchByUv(fds, (place, status) => this.#tell(place, status));
    // In the last rounds of its loop, after 'exit', JavaScript can't be called.
    process.once('exit', () => this.#uv.forEach((handle) => void handle.stop()));
  }

  watch(fd: number, onReadable: (status: number) => void): Watch | number {
    // A manager watches its fd once. Another of its number means that it was closed elsewhere.
    this.#watched.get(fd)?.close();
    const direct = this.#direct.find((each) => !each.watch);
    const watch = new Watch(this, fd, onReadable, direct);
    try {
      this.#watched.set(fd, watch);
      const status = direct ? this.#show(direct, watch) : this.#add(fd);
      if (status < 0) this.#forget(watch);
      else watch.ref();
      return status < 0 ? status : watch;
    } catch (error) {
      // The stack is used up. Where the kernel has the fd by now, its first event has it removed.
      this.#forget(watch);
      throw error;
    }
  }

  unwatch(watch: Watch): void {
    if (this.#watched.get(watch.fd) !== watch) return;
    this.#forget(watch);
    if (watch.direct) this.#hide(watch.direct);
    else controlEpoll(this.#shared, EPOLL_CTL_DEL, watch.fd, 0, 0, 0);
  }

  refer(watch: Watch, referring: boolean): void {
    if (referring) this.#referring.add(watch);
    else this.#referring.delete(watch);
    const keep = this.#referring.size > 0;
    if (keep === this.#keepsAlive) return;
    // Any one of the handles can do it.
    if (keep) this.#uv[0]?.ref();
    else this.#uv[0]?.unref();
    this.#keepsAlive = keep;
  }

  /** Makes a number mean a fd, in libuv's epoll instance too: 0 or a negative errno. */
  #show(direct: Direct, watch: Watch): number {
    const { number } = direct;
    direct.watch = watch;
    controlEpoll(this.#uvEpfd, EPOLL_CTL_DEL, number, 0, 0, 0);
    const shown = libc.dup3(watch.fd, number, O_CLOEXEC);
    if (shown < 0) return shown;
    const status = controlEpoll(this.#uvEpfd, EPOLL_CTL_ADD, number, EPOLLIN, number, 0);
    if (status < 0) this.#hide(direct);
    return status;
  }

  #hide({ number }: Direct): void {
    controlEpoll(this.#uvEpfd, EPOLL_CTL_DEL, number, 0, 0, 0);
    libc.dup3(this.#empty, number, O_CLOEXEC);
  }

  /** 0 or a negative errno. One that is there, and nobody watches, was left from a broken try. */
  #add(fd: number): number {
    const status = controlEpoll(this.#shared, EPOLL_CTL_ADD, fd, EPOLLIN, fd, 0);
    return status === -EEXIST ? 0 : status;
  }

  #forget(watch: Watch): void {
    this.#watched.delete(watch.fd);
    if (watch.direct?.watch === watch) watch.direct.watch = undefined;
    this.refer(watch, false);
  }

  /** From libuv: nothing may be thrown here. */
  #tell(place: number, status: number): void {
    const direct = this.#direct[place];
    if (!direct) this.#tellShared(status);
    else if (direct.watch) direct.watch.onReadable(status);
    else controlEpoll(this.#uvEpfd, EPOLL_CTL_DEL, direct.number, 0, 0, 0);
  }

  #tellShared(status: number): void {
    const count = waitEpoll(this.#shared, this.#eventsAddress, READY_MAX, 0);
    const words = epollEventSize() / 4;
    for (let i = 0; i < count; i += 1) {
      const fd = this.#events[(i + 1) * words - 2]!;
      const watch = this.#watched.get(fd);
      if (watch && !watch.direct) watch.onReadable(status);
      else controlEpoll(this.#shared, EPOLL_CTL_DEL, fd, 0, 0, 0);
    }
  }
}

/** A number that libuv watches, and what is behind it. */
interface Direct {
  readonly number: number;
  watch: Watch | undefined;
}

/** One fd watched in this thread's loop. */
class Watch implements PollHandle {
  readonly fd: number;
  readonly onReadable: (status: number) => void;
  readonly direct: Direct | undefined;
  readonly #loop: NodeLoop;
  #closed = false;

  constructor(
    loop: NodeLoop,
    fd: number,
    onReadable: (status: number) => void,
    direct: Direct | undefined,
  ) {
    this.#loop = loop;
    this.fd = fd;
    this.onReadable = onReadable;
    this.direct = direct;
  }

  ref(): void {
    if (!this.#closed) this.#loop.refer(this, true);
  }

  unref(): void {
    if (!this.#closed) this.#loop.refer(this, false);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#loop.unwatch(this);
  }
}

let loopOfThread: NodeLoop | undefined;
/** How a file that can't be loaded says that there is no fd for it. */
const NO_FDS = /EMFILE|ENFILE|Too many open files/i;

/** Why nothing can be watched in this thread's loop; undefined where it can. */
function noLoopReason(): string | undefined {
  // Bun ends the process when a function of libuv is called that it lacks.
  if (process.versions.bun !== undefined) {
    return (
      'attach, readable, writable and watch need libuv, which Bun does not have. Call run, ' +
      'runWithTimeout or runForever, in a worker if need be, or run the program by node'
    );
  }
  const failure = koffiFailure();
  return failure && `attach, readable, writable and watch need koffi, too: ${failure}`;
}

/**
 * Makes the loop of this thread, where there is none: 0 or a negative errno.
 *
 * @throws ERR_UNSUPPORTED_PLATFORM
 */
export function openNodeLoop(): number {
  if (loopOfThread) return 0;
  const fds: number[] = [];
  try {
    // First: where there are no fds left, koffi can't be loaded either.
    const status = openFds(fds);
    if (status < 0) return status;
    const reason = noLoopReason();
    if (reason !== undefined) {
      if (NO_FDS.test(reason)) return -EMFILE;
      throw refusal(reason);
    }
    loopOfThread = new NodeLoop(fds);
    return 0;
  } finally {
    if (!loopOfThread) for (const fd of fds) close(fd);
  }
}

/** The fds of a loop, into a list: 0, or a negative errno, with those that it came to. */
function openFds(fds: number[]): number {
  const make = [createEpoll];
  for (let i = 0; i < DIRECT_MAX; i += 1) make.push(() => duplicate(fds[0]!));
  make.push(createEpoll);
  for (const each of make) {
    const fd = each();
    if (fd < 0) return fd;
    fds.push(fd);
  }
  return 0;
}

/** See `Syscalls.poll`. */
export function pollInNode(fd: number, onReadable: (status: number) => void): PollHandle | number {
  const status = openNodeLoop();
  return status < 0 ? status : loopOfThread!.watch(fd, onReadable);
}

/** Whether 'exit' was emitted: there will be no more rounds. */
function isExiting(): boolean {
  return (process as { _exiting?: boolean })._exiting === true;
}
