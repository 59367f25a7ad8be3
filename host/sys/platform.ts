import { koffiFailure } from './libc.js';

/** Why this process can't have an epoll instance, as a sentence; undefined where it can. */
export function unsupportedReason(): string | undefined {
  if (process.platform !== 'linux') {
    return `epoll is an interface of Linux, and this is ${process.platform}`;
  }
  const failure = koffiFailure();
  return failure && `koffi, which makes the system calls, could not be loaded: ${failure}`;
}

/** Bytes of one epoll_event here: the kernel packs it on x86-64 and nowhere else. */
export function epollEventSize(): 12 | 16 {
  return process.arch === 'x64' ? 12 : 16;
}
