/** Bytes of one epoll_event here: the kernel packs it on x86-64 and nowhere else. */
export function epollEventSize(): 12 | 16 {
  return process.arch === 'x64' ? 12 : 16;
}
