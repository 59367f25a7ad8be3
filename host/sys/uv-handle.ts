import { isMainThread } from 'node:worker_threads';
import { isMissing, libc } from './calls.js';
import {
  koffiAddressOf as addressOf,
  type NativeCallback,
  type NativePollHandle,
  nativeCallback,
  nativePoll,
  nodeEnvironment,
  symbolAddress,
} from './libc.js';
import type { CallName } from './signatures.js';

/*
 * koffi's handle calls JavaScript even where it can't be called any more, in a worker that is being
 * terminated, and that aborts the process; so do its methods. The callbacks that koffi makes for C
 * are left out there, and functions of numbers are safe. So libuv is given one of those callbacks,
 * for the same handle, and is called directly. That is faster, too.
 */

/** In uv_handle_type and uv_poll_event. */
const UV_POLL = 8;
const UV_READABLE = 1;
const RTLD_LAZY = 1;
const RTLD_NODELETE = 0x1000;
/** Dl_info begins with the address of the file's name. */
const DL_INFO_WORDS = 4;
const NEEDED: CallName[] = [
  'napi_get_uv_event_loop',
  'uv_backend_fd',
  'uv_walk',
  'uv_handle_get_type',
  'uv_fileno',
  'uv_poll_start',
  'uv_poll_stop',
  'uv_ref',
  'uv_unref',
];

/** One fd that libuv watches for the rest of the thread's life. */
export interface UvHandle {
  /** Has it keep the loop alive, which at first it doesn't. */
  ref(): void;
  unref(): void;
  /** Nothing is told any more. It can't be started again. */
  stop(): void;
}

/** The address of each handle, and its place. */
const places = new Map<number, number>();
/** koffi closes the handle of an object that is collected. */
const kept: NativePollHandle[] = [];

/**
 * Has libuv call back whenever one of these fds is readable, with its place and 0 or a negative
 * errno. The callback is not one of Node's own: what it throws is held back, and promises do not
 * run after it. Once a thread.
 */
export function watchByUv(
  fds: readonly number[],
  onReadable: (place: number, status: number) => void,
): UvHandle[] {
  let callback: NativeCallback | undefined;
  try {
    fds.forEach((fd, place) => {
      kept[place] = nativePoll(fd, (status) => onReadable(place, status));
      kept[place].unref();
    });
    callback = callbackFor(onReadable);
    const handles = callback ? findHandles(fds) : [];
    // Where Node hides libuv's functions, or koffi has no callback left.
    if (!callback || handles.some((handle) => handle === 0)) return [...kept];
    keepLoaded(callback.address);
    return handles.map((handle, place) => start(handle, place, callback!.address));
  } catch (error) {
    for (const each of kept.splice(0)) each.close();
    callback?.release();
    throw error;
  }
}

function start(handle: number, place: number, callback: number): UvHandle {
  places.set(handle, place);
  libc.uv_poll_start(handle, UV_READABLE, callback);
  if (!isMainThread) {
    const stop = symbolAddress('uv_poll_stop');
    libc.napi_add_env_cleanup_hook(nodeEnvironment(), stop, handle);
  }
  return {
    ref: () => void libc.uv_ref(handle),
    unref: () => void libc.uv_unref(handle),
    stop: () => void libc.uv_poll_stop(handle),
  };
}

function callbackFor(onReadable: (place: number, status: number) => void) {
  if (NEEDED.some(isMissing)) return undefined;
  const tell = (handle: number, status: number) => onReadable(places.get(handle)!, status);
  try {
    const callback = nativeCallback(['uintptr_t', 'int', 'int'], tell);
    // A worker that ends, and isn't terminated, gives it back.
    process.once('exit', () => callback.release());
    return callback;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

/** The libuv handles of fds in this thread's loop; 0 where there is none. */
function findHandles(fds: readonly number[]): number[] {
  const found = fds.map(() => 0);
  const watched = new Int32Array(1);
  const watchedAddress = addressOf(watched);
  const visit = nativeCallback(['uintptr_t', 'uintptr_t'], (handle) => {
    // One that is closing has a fd no more, and says so.
    if (libc.uv_handle_get_type(handle) !== UV_POLL) return;
    if (libc.uv_fileno(handle, watchedAddress) < 0) return;
    const place = fds.indexOf(watched[0]!);
    if (place >= 0) found[place] = handle;
  });
  libc.uv_walk(uvLoop(), visit.address, 0);
  visit.release();
  return found;
}

function uvLoop(): number {
  const loop = new BigUint64Array(1);
  libc.napi_get_uv_event_loop(nodeEnvironment(), addressOf(loop));
  return Number(loop[0]);
}

/** The epoll instance of libuv in this thread; -1 where Node doesn't tell. */
export function uvEpollInstance(): number {
  return NEEDED.some(isMissing) ? -1 : libc.uv_backend_fd(uvLoop());
}

/**
 * Keeps koffi's addon, in which its callbacks lie, loaded until the process ends. When the last
 * thread that uses it is terminated it is unloaded, and libuv has yet to call it.
 */
function keepLoaded(callback: number): void {
  const info = new BigUint64Array(DL_INFO_WORDS);
  libc.dladdr(callback, addressOf(info));
  libc.dlopen(Number(info[0]), RTLD_LAZY | RTLD_NODELETE);
}
