import { isMainThread } from 'node:worker_threads';
import { prepareCalls } from './backend.js';
import { F_DUPFD_CLOEXEC, libc, SYS_PIDFD_OPEN } from './calls.js';
import type { Call } from './hot-calls.js';
import { negativeErrno, nodeEnvironment, symbolAddress } from './libc.js';
import { libcCall } from './libc-calls.js';
import type { CallName } from './signatures.js';

/*
 * What a worker has opened is closed when it ends, in whatever way: Node-API calls close(2) then,
 * and no JavaScript has to run, which in a worker that is terminated couldn't. The main thread's
 * end closes all by itself.
 */

/** The calls that answer a new fd; of two of them, when their argument says so. */
const OPENERS: CallName[] = [
  'epoll_create1',
  'eventfd',
  'timerfd_create',
  'signalfd',
  'inotify_init1',
  'open',
  'socket',
];
/** By fd. */
const guarded: boolean[] = [];
/** Where pipe2(2) and socketpair(2) are to write what they have opened. */
export const pair = new Int32Array(2);
let environment = 0;
/** Of a worker. */
let closeDirectly: Call | undefined;
/** What is called at the end, by its address. Looked up early: koffi makes something for each. */
const addresses = { close: 0, pthread_mutex_lock: 0, pthread_mutex_unlock: 0, sem_post: 0 };

/** From now on this worker's end closes what the library opens in it. Once, and early. */
export function guardOpenedFds(): void {
  environment = nodeEnvironment();
  closeDirectly = libcCall('close');
  for (const name of Object.keys(addresses) as (keyof typeof addresses)[])
    addresses[name] = symbolAddress(name);
  for (const name of OPENERS) libc[name] = guarding(libc[name], () => true);
  libc.fcntl = guarding(libc.fcntl, (_fd, command) => command === F_DUPFD_CLOEXEC);
  libc.pipe2 = guardingPair(libc.pipe2);
  libc.socketpair = guardingPair(libc.socketpair);
  prepareCalls((accept) => guarding(accept, () => true));
  libc.syscall = guarding(libc.syscall, (number) => number === SYS_PIDFD_OPEN);
}

/**
 * The call and what guards its fd follow one another without a call of anything else in between, a
 * Set's included: V8 would end a worker there that is terminated.
 */
function guarding(call: Call, opens: (...args: number[]) => boolean): Call {
  const addHook = libc.napi_add_env_cleanup_hook;
  return (...args) => {
    if (!opens(...args)) return call(...args);
    const fd = call(...args);
    // A hook that is there already, as the fd was closed elsewhere, would end the process.
    if (fd < 0 || guarded[fd]) return fd;
    addHook(environment, addresses.close, fd);
    guarded[fd] = true;
    return fd;
  };
}

/** The same for a call that writes two fds to `pair`. */
function guardingPair(call: Call): Call {
  const addHook = libc.napi_add_env_cleanup_hook;
  return (...args) => {
    const result = call(...args);
    if (result < 0) return result;
    const first = pair[0]!;
    const second = pair[1]!;
    if (!guarded[first]) addHook(environment, addresses.close, first);
    if (!guarded[second]) addHook(environment, addresses.close, second);
    guarded[first] = true;
    guarded[second] = true;
    return result;
  };
}

/**
 * close(2). In a worker the fd is let go of first, as its number may be a stranger's as soon as it
 * is closed; and koffi's own function comes right behind, as V8 may end a worker wherever a
 * function of JavaScript begins, and nobody would close the fd.
 */
export function closeGuarded(fd: number): number {
  const direct = closeDirectly;
  if (!direct) return libc.close(fd);
  letGoOf(fd);
  return direct(fd) < 0 ? negativeErrno() : 0;
}

/** The fd is someone else's to close from now on. */
export function letGoOf(fd: number): void {
  if (isMainThread || !guarded[fd]) return;
  guarded[fd] = false;
  libc.napi_remove_env_cleanup_hook(environment, addresses.close, fd);
}

/**
 * Has this worker's end call functions of C, each with its argument, one after the other and before
 * it closes what it has opened by now.
 */
export function callAtEnd(calls: readonly EndCall[]): void {
  // The last one that is added is the first to be called.
  for (const [name, argument] of [...calls].reverse())
    libc.napi_add_env_cleanup_hook(environment, addresses[name], argument);
}

export function callNotAtEnd(calls: readonly EndCall[]): void {
  for (const [name, argument] of calls)
    libc.napi_remove_env_cleanup_hook(environment, addresses[name], argument);
}

export type EndCall = readonly [name: keyof typeof addresses, argument: number];
