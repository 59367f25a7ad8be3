/**
 * The boundary between the Wasm tables and JavaScript: sizes, offsets, limits and status codes.
 * Both compilers read this file, so it holds nothing but plain numbers.
 */

// The kernel's interface. `epoll_event` is packed on x86-64 only.
export const EPOLL_EVENT_SIZE_PACKED = 12;
export const EPOLL_EVENT_SIZE_ALIGNED = 16;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;

export const EPOLLIN = 0x1;
export const EPOLLPRI = 0x2;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLEXCLUSIVE = 0x10000000;
export const EPOLLWAKEUP = 0x20000000;
export const EPOLLONESHOT = 0x40000000;
export const EPOLLET = 0x80000000;
/** All of the bits above. */
export const EPOLL_KNOWN = 0xf000201f;
/** PRI, RDHUP and ONESHOT: with EXCLUSIVE the kernel answers EINVAL. */
export const EPOLL_NOT_WITH_EXCLUSIVE = 0x40002002;

export const EPERM = 1;
export const ENOENT = 2;
export const EBADF = 9;
export const EEXIST = 17;
export const EINVAL = 22;
export const ELOOP = 40;

/** One registration, 36 bytes: see tables/registration.ts. Offsets in bytes. */
export const REGISTRATION_SIZE = 36;
export const REGISTRATION_INTEREST = 4;
export const REGISTRATION_FD = 8;
export const REGISTRATION_DATA = 12;
export const REGISTRATION_SUBSCRIBER = 16;
export const REGISTRATION_NEXT = 20;
export const REGISTRATION_STATE = 32;

/** Bits of a registration's state. */
export const STATE_PAUSED = 1;
/** A one-shot registration whose event was taken: the kernel is silent until it is re-armed. */
export const STATE_DISARMED = 2;
/** The kernel holds no entry: a paused EXCLUSIVE registration, which it refuses to modify. */
export const STATE_DETACHED = 4;
/** Found dead, and kept only until its owner has been told. */
export const STATE_EVICTED = 8;
/** To be disarmed by its next event. */
export const STATE_ONE_SHOT = 16;

/** The two words that tell JavaScript what a wait has brought. Offsets in bytes. */
export const HEADER_READY_LIST = 0;
export const HEADER_GHOST = 4;

/** One entry of the ready list, 16 bytes. An entry whose events are 0 is blank. */
export const READY_SIZE = 16;
export const READY_EVENTS = 0;
export const READY_FD = 4;
export const READY_DATA = 8;
export const READY_SUBSCRIBER = 12;

/** Slots count from 1, so that 0 can end a list. */
export const NIL = 0;
export const SUBSCRIBER_SLOT_BITS = 22;
export const REGISTRATION_SLOT_BITS = 22;
export const TIMER_SLOT_BITS = 24;
/** An id is generation · 2^22 + slot, and has to stay below 2^53. */
export const SUBSCRIBER_GENERATION_MAX = 0x7fffffff;

/**
 * Status codes. Zero and above is success; -1 to -4095 is the kernel's errno, negated;
 * what lies below is the tables' own answer.
 */
export const STATUS_OK = 0;
/** Done, of a number whose earlier registration was lost: see tables/identity.ts. */
export const STATUS_HAUNTED = 1;
export const STATUS_ERRNO_MAX = 4095;
export const STATUS_ALREADY_REGISTERED = -5001;
export const STATUS_NOT_REGISTERED = -5002;
export const STATUS_NOT_OWNER = -5003;
export const STATUS_INVALID_ID = -5004;
export const STATUS_OUT_OF_MEMORY = -5005;
/** The number may name a file that was registered earlier: see `vouch` in tables/ops.ts. */
export const STATUS_UNSURE = -5006;
