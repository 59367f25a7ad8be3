// Raw epoll: a pointer in epoll_data, an indirect call for each event. The floor.
// epoll <variant> <mode> <subscribers> <fds each> <ready> [threads]: see bench/README.md.
// With `threads` a second one sleeps beside it, as Node has several: then glibc and the kernel take
// more care at each call.

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

struct watch {
  void (*handle)(struct watch *);
  uint64_t own;
  int fd;
};

static uint64_t calls, sum;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void on_count(struct watch *watch) {
  watch->own++;
  calls++;
  sum++;
}

static void on_read(struct watch *watch) {
  uint64_t value;
  if (read(watch->fd, &value, 8) != 8) die("read");
  watch->own++;
  calls++;
  sum += value;
}

static void add(int epfd, int fd, uint32_t events, void *data) {
  struct epoll_event event = {.events = events, .data.ptr = data};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void run(int epfd, struct epoll_event *events, int capacity) {
  int count = epoll_wait(epfd, events, capacity, -1);
  if (count < 0) die("epoll_wait");
  for (int i = 0; i < count; i++) {
    struct watch *watch = events[i].data.ptr;
    watch->handle(watch);
  }
}

static void *sleeper(void *nothing) {
  pause();
  return nothing;
}

int main(int argc, char **argv) {
  pthread_t thread;
  if (argc != 6 && argc != 7) return 2;
  if (argc == 7 && pthread_create(&thread, NULL, sleeper, NULL)) die("pthread_create");
  const char *variant = argv[1], *mode = argv[2];
  int subscribers = atoi(argv[3]), each = atoi(argv[4]), ready = atoi(argv[5]);
  int dynamic = !strcmp(variant, "dynamic"), always = !strcmp(mode, "always");
  int reads = !strcmp(mode, "read"), edge = !strcmp(mode, "edge"), churn = !strcmp(mode, "churn");
  int fds = 0;
  for (int i = 0; i < subscribers; i++) fds += dynamic && i % 2 ? 1 : each;
  int capacity = ready > 256 ? ready : 256;

  int epfd = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event *events = calloc(capacity, sizeof *events);
  struct watch *watches = calloc(fds, sizeof *watches);
  for (int i = 0; i < fds; i++) {
    watches[i].handle = reads ? on_read : on_count;
    watches[i].fd = eventfd(always && i < ready, EFD_NONBLOCK | EFD_CLOEXEC);
    if (watches[i].fd < 0) die("eventfd");
    add(epfd, watches[i].fd, EPOLLIN | (edge ? EPOLLET : 0), &watches[i]);
  }
  int extra = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), first = (fds - ready) / 2;
  long iterations;
  puts("ready");
  fflush(stdout);
  while (scanf(" round %ld", &iterations) == 1) {
    uint64_t calls_before = calls, sum_before = sum, one = 1;
    int64_t start = now();
    for (long i = 0; i < iterations; i++) {
      if (churn) {
        add(epfd, extra, EPOLLIN, watches);
        if (epoll_ctl(epfd, EPOLL_CTL_DEL, extra, NULL)) die("epoll_ctl");
        calls++;
        sum++;
        continue;
      }
      for (int k = 0; !always && k < ready; k++) {
        if (write(watches[first + k].fd, &one, 8) != 8) die("write");
      }
      run(epfd, events, capacity);
    }
    printf("{\"ns\":%lld,\"iterations\":%ld,\"events\":%llu,\"checksum\":%llu}\n",
           (long long)(now() - start), iterations, (unsigned long long)(calls - calls_before),
           (unsigned long long)(sum - sum_before));
    fflush(stdout);
  }
  return 0;
}
