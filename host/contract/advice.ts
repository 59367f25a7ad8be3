const RESERVED_PORTS = 'a port below 1024 wants root or CAP_NET_BIND_SERVICE';

/** What to do about an errno, whichever the call. */
const BY_ERRNO: Partial<Record<string, string>> = {
  EBADF: 'the fd is not open. Was it closed too early?',
  EMFILE: 'this process has as many fds open as it may. Close some, or raise `ulimit -n`',
  ENFILE: 'the system has as many files open as it may: see /proc/sys/fs/file-max',
  ENOTSOCK: 'the fd is open, and no socket',
};

/** What to do about it after a certain call. */
const BY_CALL: Partial<Record<string, string>> = {
  'bind EADDRINUSE': 'another socket has it. Choose another, or close that one first',
  'bind EADDRNOTAVAIL': 'no interface of this machine has that address',
  'bind EACCES': `${RESERVED_PORTS}, and a path a folder that may be written to`,
  'listen EADDRINUSE': 'another socket listens there. Choose another port',
  'connect ECONNREFUSED': 'nobody listens there',
  'connect ENOENT': 'there is no such socket. Is the listener running?',
  'connect EAGAIN': "the listener's backlog is full: try again",
  'send EPIPE': 'the peer reads no more',
  'write EPIPE': 'every reader is closed',
  'epoll_ctl ENOSPC': 'see /proc/sys/fs/epoll/max_user_watches',
  'inotify_add_watch ENOSPC': 'see /proc/sys/fs/inotify/max_user_watches',
  'inotify_init1 EMFILE': 'raise /proc/sys/fs/inotify/max_user_instances, or `ulimit -n`',
  'open ENXIO': 'a fifo that is opened to write needs a reader, and a device its hardware',
  'sendto EMSGSIZE': 'a datagram holds 65 507 bytes at the most',
  'sendto EDESTADDRREQ': 'name a destination, or open the socket with a `peer`',
  'write EAGAIN': 'the counter would pass its maximum: read it first',
};

/** ': what to do', or nothing. */
export function adviceOn(name: string, syscall: string): string {
  const advice = BY_CALL[`${syscall} ${name}`] ?? BY_ERRNO[name];
  return advice === undefined ? '' : `: ${advice}`;
}
