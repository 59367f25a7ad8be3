// A TCP echo server on raw epoll, level-triggered. Prints its port; answers each line on standard
// input with the user CPU time that it has taken, in microseconds.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int epfd, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static void tell_cpu(void) {
  if (read(0, buffer, sizeof buffer) <= 0) exit(0);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  printf("%lld\n", usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec);
  fflush(stdout);
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof name;
  if (bind(listener, (struct sockaddr *)&name, length) || listen(listener, 2048)) die("listen");
  getsockname(listener, (struct sockaddr *)&name, &length);
  printf("%d\n", ntohs(name.sin_port));
  fflush(stdout);
  int epfd = epoll_create1(0);
  watch(epfd, listener);
  watch(epfd, 0);
  struct epoll_event events[1024];
  for (;;) {
    int count = epoll_wait(epfd, events, 1024, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == 0) {
        tell_cpu();
      } else if (fd == listener) {
        int accepted;
        while ((accepted = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) watch(epfd, accepted);
      } else {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0 || send(fd, buffer, got, MSG_NOSIGNAL) != got) close(fd);
      }
    }
  }
}
