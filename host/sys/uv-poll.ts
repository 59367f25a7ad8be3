import {
  addressOf,
  libcFunction,
  type NativePollHandle,
  nativeCallback,
  nativePoll,
  nodeEnvironment,
} from './libc.js';

/*
 * koffi's handle calls JavaScript even where it can't be called any more, in a worker that is being
 * terminated, and that aborts the process. The callbacks that koffi makes for C are left out there.
 * So libuv is given one of those, for the same handle; it is called faster, too.
 */

/** In uv_handle_type and uv_poll_event. */
const UV_POLL = 8;
const UV_READABLE = 1;
const RTLD_LAZY = 1;
const RTLD_NODELETE = 0x1000;
/** Dl_info begins with the address of the file's name. */
const DL_INFO_WORDS = 4;

/** Undefined until they are needed; null where Node doesn't show libuv's functions. */
let functions: ReturnType<typeof bind> | undefined;

/**
 * Has libuv call back whenever a fd is readable, with 0 or a negative errno. The callback is not
 * one of Node's own: what it throws is held back, and promises do not run after it.
 */
export function pollByUv(fd: number, onReadable: (status: number) => void): NativePollHandle {
  if (functions === undefined) functions = bind();
  const koffis = nativePoll(fd, onReadable);
  if (!functions) return koffis;
  const report = (_handle: number, status: number) => onReadable(status);
  const callback = nativeCallback(['uintptr_t', 'int', 'int'], report);
  functions.start(findPollHandle(fd, functions), UV_READABLE, callback.address);
  return {
    ref: () => koffis.ref(),
    unref: () => koffis.unref(),
    close: () => {
      koffis.close();
      callback.release();
    },
  };
}

function bind() {
  try {
    keepKoffi();
    return {
      start: libcFunction('uv_poll_start', 'int', ['uintptr_t', 'int', 'uintptr_t']),
      loopOf: libcFunction('napi_get_uv_event_loop', 'int', ['uintptr_t', 'uintptr_t']),
      walk: libcFunction('uv_walk', 'int', ['uintptr_t', 'uintptr_t', 'uintptr_t']),
      typeOf: libcFunction('uv_handle_get_type', 'int', ['uintptr_t']),
      fdOf: libcFunction('uv_fileno', 'int', ['uintptr_t', 'uintptr_t']),
    };
  } catch {
    return null;
  }
}

/** The libuv handle of a fd in this thread's loop. */
function findPollHandle(fd: number, uv: NonNullable<typeof functions>): number {
  const loop = new BigUint64Array(1);
  uv.loopOf(nodeEnvironment(), addressOf(loop));
  const watched = new Int32Array(1);
  const watchedAddress = addressOf(watched);
  let found = 0;
  const visit = nativeCallback(['uintptr_t', 'uintptr_t'], (handle) => {
    // One that is closing has a fd no more, and says so.
    if (uv.typeOf(handle) !== UV_POLL || uv.fdOf(handle, watchedAddress) < 0) return;
    if (watched[0] === fd) found = handle;
  });
  uv.walk(Number(loop[0]), visit.address, 0);
  visit.release();
  return found;
}

/**
 * Keeps koffi's addon loaded until the process ends. When the last thread that uses it is
 * terminated it is unloaded, and libuv has yet to call it.
 */
function keepKoffi(): void {
  const ofKoffi = nativeCallback([], () => {});
  const info = new BigUint64Array(DL_INFO_WORDS);
  const describe = libcFunction('dladdr', 'int', ['uintptr_t', 'uintptr_t']);
  const load = libcFunction('dlopen', 'uintptr_t', ['uintptr_t', 'int']);
  describe(ofKoffi.address, addressOf(info));
  load(Number(info[0]), RTLD_LAZY | RTLD_NODELETE);
  ofKoffi.release();
}
