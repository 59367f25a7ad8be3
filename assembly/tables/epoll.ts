/**
 * The system calls that the host supplies. Each answers as the kernel does: zero or a count,
 * or an errno, negated. None of them may throw: an exception would unwind the frames between.
 */

/** epoll_ctl(2). The event's 64 bits of data are (generation, slot), given as two halves. */
export declare function ctl(
  epfd: i32,
  operation: i32,
  fd: i32,
  interest: u32,
  slot: u32,
  generation: u32,
): i32;

/**
 * epoll_wait(2) or epoll_pwait2(2). `events` is where in linear memory the kernel writes.
 * Milliseconds, with fractions; below zero waits for ever.
 */
export declare function wait(epfd: i32, events: usize, maxEvents: i32, timeoutMs: f64): i32;
