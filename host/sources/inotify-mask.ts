const FLAGS = {
  ACCESS: 0x1,
  MODIFY: 0x2,
  ATTRIBUTES: 0x4,
  CLOSE_WRITE: 0x8,
  CLOSE_NOWRITE: 0x10,
  OPEN: 0x20,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  UNMOUNT: 0x2000,
  OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  ONLY_DIRECTORY: 0x1000000,
  DONT_FOLLOW: 0x2000000,
  EXCLUDE_UNLINKED: 0x4000000,
  MASK_CREATE: 0x10000000,
  MASK_ADD: 0x20000000,
  IS_DIRECTORY: 0x40000000,
  ONE_SHOT: 0x80000000,
} as const;

/** All of them: what the kernel knows. */
export const KNOWN_INOTIFY_FLAGS: number =
  Object.values(FLAGS).reduce((all, flag) => all | flag, 0) >>> 0;

/**
 * What an `Inotify` watches for, and what it reports: the IN_… flags of inotify(7), as unsigned
 * numbers of 32 bits.
 *
 * UNMOUNT, OVERFLOW, IGNORED and IS_DIRECTORY are only reported; ONLY_DIRECTORY, DONT_FOLLOW,
 * EXCLUDE_UNLINKED, MASK_CREATE, MASK_ADD and ONE_SHOT are only asked for.
 *
 * @example
 * inotify.watch(folder, InotifyMask.CREATE | InotifyMask.MOVE | InotifyMask.ONLY_DIRECTORY);
 */
export const InotifyMask = Object.freeze({
  ...FLAGS,
  /** Both halves of a rename. */
  MOVE: 0xc0,
  CLOSE: 0x18,
  ALL_EVENTS: 0xfff,
  /** 'CREATE|IS_DIRECTORY'. */
  format(mask: number): string {
    const names = Object.entries(FLAGS).flatMap(([name, flag]) =>
      (mask & flag) !== 0 ? [name] : [],
    );
    return names.join('|') || 'NONE';
  },
});
