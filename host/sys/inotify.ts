import { addressOf, libcFunction, negativeErrno } from './libc.js';

const IN_NONBLOCK = 0o4000;
const IN_CLOEXEC = 0o2000000;

function load() {
  return {
    init: libcFunction('inotify_init1', 'int', ['int']),
    add: libcFunction('inotify_add_watch', 'int', ['int', 'uintptr_t', 'unsigned int']),
    remove: libcFunction('inotify_rm_watch', 'int', ['int', 'int']),
  };
}

let loaded: ReturnType<typeof load> | undefined;

function calls() {
  loaded ??= load();
  return loaded;
}

/** inotify_init1(2), non-blocking and closed on exec: a fd, or a negative errno. */
export function createInotify(): number {
  const fd = calls().init(IN_NONBLOCK | IN_CLOEXEC);
  return fd < 0 ? negativeErrno() : fd;
}

/** inotify_add_watch(2): a watch descriptor, or a negative errno. */
export function addWatch(fd: number, path: string, mask: number): number {
  const bytes = Buffer.from(`${path}\0`);
  const watch = calls().add(fd, addressOf(bytes), mask);
  return watch < 0 ? negativeErrno() : watch;
}

/** inotify_rm_watch(2): 0 or a negative errno. */
export function removeWatch(fd: number, watch: number): number {
  return calls().remove(fd, watch) < 0 ? negativeErrno() : 0;
}
