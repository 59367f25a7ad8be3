// Ping-pong against an echo server: load <port> <connections> <milliseconds>. Each connection has
// one message of 64 bytes under way, and checks that it comes back as it was. Prints the messages
// that came back, and the nanoseconds that this took.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 64 };

struct connection {
  int fd;
  int received;
  uint64_t number;
  char bytes[SIZE];
};

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fill(char *bytes, const struct connection *connection) {
  memset(bytes, 'a' + connection->number % 26, SIZE);
  memcpy(bytes, &connection->number, 8);
}

static void ping(struct connection *connection) {
  char bytes[SIZE];
  fill(bytes, connection);
  connection->received = 0;
  if (write(connection->fd, bytes, SIZE) != SIZE) die("write");
}

/* Whether a message has come back whole. */
static int pong(struct connection *connection) {
  ssize_t got = read(connection->fd, connection->bytes + connection->received,
                     SIZE - connection->received);
  if (got <= 0) die("read");
  connection->received += got;
  if (connection->received < SIZE) return 0;
  char expected[SIZE];
  fill(expected, connection);
  if (memcmp(expected, connection->bytes, SIZE)) {
    fprintf(stderr, "another message came back\n");
    exit(1);
  }
  connection->number++;
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  struct sockaddr_in name = {.sin_family = AF_INET,
                             .sin_port = htons(atoi(argv[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int connections = atoi(argv[2]);
  int64_t limit = atoi(argv[3]) * 1000000LL;
  struct connection *all = calloc(connections, sizeof *all);
  int epfd = epoll_create1(0);
  for (int i = 0; i < connections; i++) {
    int one = 1;
    all[i].fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(all[i].fd, (struct sockaddr *)&name, sizeof name)) die("connect");
    setsockopt(all[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
    if (epoll_ctl(epfd, EPOLL_CTL_ADD, all[i].fd, &event)) die("epoll_ctl");
  }
  uint64_t messages = 0;
  int64_t start = now(), end = start + limit;
  for (int i = 0; i < connections; i++) ping(&all[i]);
  struct epoll_event events[1024];
  int64_t time = start;
  while (time < end) {
    int count = epoll_wait(epfd, events, 1024, 1000);
    time = now();
    for (int i = 0; i < count; i++) {
      struct connection *connection = events[i].data.ptr;
      if (!pong(connection)) continue;
      messages++;
      ping(connection);
    }
  }
  printf("{\"messages\":%llu,\"ns\":%lld}\n", (unsigned long long)messages,
         (long long)(time - start));
  return 0;
}
