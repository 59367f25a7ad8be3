// What the way back from a system call costs: getppid(2), and no call, from functions nested ever
// deeper. To be run by hand: gcc -O1 -fno-optimize-sibling-calls returns.c && ./a.out

#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 7
#define CALLS 300000

static __attribute__((noinline)) int with_call(int depth) {
  if (depth == 0) return getppid();
  int result = with_call(depth - 1);
  __asm__ volatile("" ::: "memory");
  return result + 1;
}

static __attribute__((noinline)) int without(int depth) {
  if (depth == 0) return 1;
  int result = without(depth - 1);
  __asm__ volatile("" ::: "memory");
  return result + 1;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

/** The best of several rounds, in nanoseconds. */
static double measure(int (*nested)(int), int depth) {
  double best = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    for (int i = 0; i < CALLS; i++) nested(depth);
    double each = (now() - start) / CALLS;
    if (each < best) best = each;
  }
  return best;
}

int main(void) {
  for (int depth = 0; depth <= 12; depth += 2)
    printf("%2d deep: %5.1f ns, without a system call %4.1f ns\n", depth,
           measure(with_call, depth), measure(without, depth));
  return 0;
}
