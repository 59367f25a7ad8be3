/*
 * System calls for V8, which calls a C function of doubles from compiled code: `node:ffi` checks
 * integers in JavaScript, at each call, and doubles not at all. So everything is a double here:
 * fds, lengths, and addresses, which are below 2^53. A call that fails answers its errno, negated.
 *
 * Freestanding: no C library, no relocation, no data. One file is good under glibc and musl.
 */
#ifndef WEM_SHIM_VERSION
#define WEM_SHIM_VERSION 1
#endif

#define EXPORT __attribute__((visibility("default")))

#if defined(__x86_64__)

enum {
  NR_read = 0, NR_write = 1, NR_sendto = 44, NR_recvfrom = 45, NR_epoll_ctl = 233,
  NR_epoll_pwait = 281, NR_timerfd_settime = 286, NR_accept4 = 288, NR_epoll_pwait2 = 441,
};

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* The kernel packs it on x86-64, and nowhere else. */
#define PACKED __attribute__((packed))

#elif defined(__aarch64__)

enum {
  NR_epoll_ctl = 21, NR_epoll_pwait = 22, NR_read = 63, NR_write = 64, NR_timerfd_settime = 86,
  NR_sendto = 206, NR_recvfrom = 207, NR_accept4 = 242, NR_epoll_pwait2 = 441,
};

static inline long call6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory", "cc");
  return x0;
}

#define PACKED

#else
#error "the shim is for x86-64 and arm64"
#endif

struct event {
  unsigned int interest;
  unsigned int slot;
  unsigned int generation;
} PACKED;

/* As above where the kernel does not pack: the 64 bits of data are aligned. */
struct aligned_event {
  unsigned int interest;
  unsigned int padding;
  unsigned int slot;
  unsigned int generation;
};

struct timespec {
  long seconds;
  long nanoseconds;
};

EXPORT double wem_version(void) {
  return WEM_SHIM_VERSION;
}

/* Any system call. */
EXPORT double wem_call(double number, double a, double b, double c, double d, double e, double f) {
  return call6((long)number, (long)a, (long)b, (long)c, (long)d, (long)e, (long)f);
}

/* epoll_wait(2), in whole milliseconds; below 0 without an end. */
EXPORT double wem_wait(double epfd, double events, double max, double milliseconds) {
  return call6(NR_epoll_pwait, (long)epfd, (long)events, (long)max, (long)milliseconds, 0, 0);
}

/* epoll_pwait2(2): a time of seconds and nanoseconds. */
EXPORT double wem_wait_ns(double epfd, double events, double max, double seconds, double ns) {
  struct timespec time = {(long)seconds, (long)ns};
  return call6(NR_epoll_pwait2, (long)epfd, (long)events, (long)max, (long)&time, 0, 0);
}

/* epoll_ctl(2). The two halves of the event's data are `slot` and `generation`. */
EXPORT double wem_ctl(double epfd, double operation, double fd, double interest, double slot,
                      double generation) {
#if defined(__x86_64__)
  struct event event = {(unsigned int)(long)interest, (unsigned int)(long)slot,
                        (unsigned int)(long)generation};
#else
  struct aligned_event event = {(unsigned int)(long)interest, 0, (unsigned int)(long)slot,
                                (unsigned int)(long)generation};
#endif
  return call6(NR_epoll_ctl, (long)epfd, (long)operation, (long)fd, (long)&event, 0, 0);
}

EXPORT double wem_read(double fd, double address, double length) {
  return call6(NR_read, (long)fd, (long)address, (long)length, 0, 0, 0);
}

EXPORT double wem_write(double fd, double address, double length) {
  return call6(NR_write, (long)fd, (long)address, (long)length, 0, 0, 0);
}

/* write(2) of a counter to an eventfd. */
EXPORT double wem_ring(double fd, double value) {
  unsigned long counter = (unsigned long)value;
  return call6(NR_write, (long)fd, (long)&counter, sizeof counter, 0, 0, 0);
}

/* read(2) of an eventfd's counter, which nobody wants to know. */
EXPORT double wem_reset(double fd) {
  unsigned long counter;
  return call6(NR_read, (long)fd, (long)&counter, sizeof counter, 0, 0, 0);
}

EXPORT double wem_recv(double fd, double address, double length) {
  return call6(NR_recvfrom, (long)fd, (long)address, (long)length, 0, 0, 0);
}

EXPORT double wem_send(double fd, double address, double length, double flags) {
  return call6(NR_sendto, (long)fd, (long)address, (long)length, (long)flags, 0, 0);
}

/* accept4(2), without the peer's name. */
EXPORT double wem_accept(double fd, double flags) {
  return call6(NR_accept4, (long)fd, 0, 0, (long)flags, 0, 0);
}

/* timerfd_settime(2): when first, and how often from then on. */
EXPORT double wem_set_timer(double fd, double flags, double seconds, double ns,
                            double interval_seconds, double interval_ns) {
  struct timespec times[2] = {{(long)interval_seconds, (long)interval_ns}, {(long)seconds, (long)ns}};
  return call6(NR_timerfd_settime, (long)fd, (long)flags, (long)times, 0, 0, 0);
}
