/** The version of the interface between a guest and its host, which `wem_abi` returns. */
export const ABI_VERSION = 1;

/** What a guest may import from 'wem', each with its signature: see `docs/plugins.md`. */
export const IMPORTS = {
  grant: '(i32, i32) -> i32',
  add: '(i32, i32, i32) -> i32',
  modify: '(i32, i32, i32) -> i32',
  remove: '(i32) -> i32',
  read: '(i32, i32, i32) -> i32',
  write: '(i32, i32, i32) -> i32',
  set_timer: '(i32, f64, f64) -> i32',
  cancel_timer: '(i32) -> i32',
  publish: '(i32, i32, i32, i32) -> i32',
  subscribe: '(i32, i32) -> i32',
  unsubscribe: '(i32) -> i32',
  log: '(i32, i32, i32) -> nothing',
  now: '() -> f64',
} as const;
export type ImportName = keyof typeof IMPORTS;

/** What a guest has to export, and what it may. */
export const EXPORTS = {
  wem_abi: '() -> i32',
  wem_buffer: '(i32) -> i32',
  wem_init: '(i32) -> i32',
  wem_process: '(i32) -> nothing',
} as const;
export const OPTIONAL_EXPORTS = {
  wem_message: '(i32, i32) -> nothing',
  wem_save: '() -> i32',
  wem_restore: '(i32) -> i32',
} as const;

/** One entry of a batch: four words of 32 bits. */
export const ENTRY_WORDS = 4;
/** What an entry is about: nothing any more, a handle, a timer, a grant. */
export const ENTRY_BLANK = 0;
export const ENTRY_FD = 1;
export const ENTRY_TIMER = 2;
export const ENTRY_GRANTED = 3;
export const ENTRY_REVOKED = 4;

/** Bytes of the guest's buffer: a batch of 256 entries, a message with its topic, a state. */
export const BUFFER_BYTES = 65_536;
export const BATCH_MAX = 256;

/** What an import returns when it fails: an errno of Linux, negative. */
export const ENOENT = -2;
export const EBADF = -9;
export const EACCES = -13;
export const EFAULT = -14;
export const EEXIST = -17;
export const EINVAL = -22;
export const EMSGSIZE = -90;
export const EDQUOT = -122;
