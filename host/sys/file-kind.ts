import { readlinkSync } from 'node:fs';

/** What a fd of this process is: 'socket', 'eventfd', '/dev/ttyUSB0'; 'closed' where it is none. */
export function fileKind(fd: number): string {
  try {
    // socket:[4711], pipe:[4711], anon_inode:[eventfd], anon_inode:inotify, or a path.
    const link = readlinkSync(`/proc/self/fd/${fd}`);
    const [, kind] = /^anon_inode:\[?([^\]]+)/.exec(link) ?? /^(\w+):\[/.exec(link) ?? [];
    return kind ?? link;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'closed' : 'unknown';
  }
}
