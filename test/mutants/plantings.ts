/**
 * A fault that this library has had, or one of its kind, put back: the tests that match `tests`
 * must find it. `find` is a text that is in `file` once.
 */
export interface Planting {
  /** K1 to K19, and a word on it: 'K1 timer left armed'. */
  kind: string;
  file: string;
  find: string;
  replace: string;
  /** A regular expression over the names of test files, as 'clock-live-model'. */
  tests: string;
}

export const PLANTINGS: readonly Planting[] = [
  {
    kind: 'K1 a hold of a timer that was cancelled',
    file: 'host/clock/live-timers.ts',
    find: '    if (last) this.#hold.active = false;\n',
    replace: '',
    tests: 'clock-processes',
  },
  {
    kind: 'K1 a hold of timers that have fired',
    file: 'host/clock/live-timers.ts',
    find: '      this.#hold.active = this.#queue.size > 0;\n',
    replace: '',
    tests: 'clock-processes',
  },
  {
    kind: 'K2 a turn that throws leaves the loop running',
    file: 'host/turn/loop.ts',
    find:
      '      this.faults.settle();\n      return this.#calls;\n    } finally {\n' +
      '      this.dispatched += this.#calls;\n      this.running = false;\n',
    replace:
      '      this.faults.settle();\n      this.running = false;\n' +
      '      return this.#calls;\n    } finally {\n' +
      '      this.dispatched += this.#calls;\n',
    tests: '^simulation',
  },
  {
    kind: 'K2 an overflow leaves a bus delivering',
    file: 'host/bus/delivery.ts',
    find:
      '    let state: State = QUEUEING;\n    try {\n      this.#handover.run();\n' +
      '      state = this.#rest;\n    } finally {\n      this.#state = state;\n    }\n',
    replace: '    this.#handover.run();\n    this.#state = this.#rest;\n',
    tests: 'bus-stack',
  },
  {
    kind: 'K3 a part that fails half way keeps its fd',
    file: 'host/attached/wake-up.ts',
    find: '    } catch (error) {\n      this.#close();\n',
    replace: '    } catch (error) {\n',
    tests: 'simulated-manager',
  },
  {
    kind: 'K4 what the kernel writes to can be taken away',
    file: 'host/net/pool.ts',
    find: 'Buffer.from(new WebAssembly.Memory({ initial: 1, maximum: 1 }).buffer)',
    replace: 'Buffer.alloc(POOL_BYTES)',
    tests: 'net-input',
  },
  {
    kind: 'K5 a worker waits for ever',
    file: 'host/sys/pieces.ts',
    find: 'const ENDLESS_PIECE_MS = isMainThread ? -1 : WORKER_MAX_MS;',
    replace: 'const ENDLESS_PIECE_MS = -1;',
    tests: 'worker-ends',
  },
  {
    kind: 'K6 a timer that lags keeps everybody',
    file: 'host/clock/round.ts',
    find: 'if (repeats && this.#repeats > 0)',
    replace: 'if (repeats)',
    tests: 'clock-missed',
  },
  {
    kind: 'K7 a time beyond the end',
    file: 'host/clock/checks.ts',
    find: 'time < 0n || time > TIME_MAX',
    replace: 'time < 0n',
    tests: 'clock-extremes',
  },
  {
    kind: 'K8 a refused addAll keeps what it took',
    file: 'host/table/event-ops.ts',
    find: '      for (const fd of added) this.#takeBack(fd);\n',
    replace: 'if (added.length > 99) for (const fd of added) this.#takeBack(fd);\n',
    tests: '^simulation',
  },
  {
    kind: 'K8 a refused event is lost',
    file: 'host/turn/injections.ts',
    find: '      if (backlog.member.standIn) this.#released.delete(backlog);\n',
    replace: '',
    tests: '^simulation',
  },
  {
    kind: 'K9 a hang-up ends a stream that is paused',
    file: 'host/net/exchange.ts',
    find: '    const reads = this.#reads();\n    if (this.dial)',
    replace:
      '    const reads = this.#reads();\n' +
      '    if (gone && !reads && !this.dial) this.#socket.close();\n    if (this.dial)',
    tests: 'net-model|net-duplex',
  },
  {
    kind: 'K10 a slot keeps its generation',
    file: 'assembly/tables/registration.ts',
    find: '  registration.generation += 1;\n',
    replace: '',
    tests: '^simulation',
  },
  {
    kind: 'K10 a pause blanks an event of another fd',
    file: 'assembly/tables/ready-list.ts',
    find: '  if (load<i32>(entry, READY_FD) != registration.fd) return 0;\n',
    replace: '',
    tests: '^simulation',
  },
  {
    kind: 'K11 a name with a zero byte',
    file: 'host/net/resolve.ts',
    find: "if (host.includes('\\0')) throw",
    replace: "if (host.endsWith('\\0\\0')) throw",
    tests: '^net(-input)?\\.test',
  },
  {
    kind: 'K12 a call that is refused, and not missing',
    file: 'host/sys/epoll.ts',
    find: 'status !== -ENOSYS && status !== -EPERM',
    replace: 'status !== -ENOSYS && (status !== -EPERM || precise)',
    tests: 'refused-calls',
  },
  {
    kind: 'K13 each failure of a run is told',
    file: 'host/contract/failure-run.ts',
    find: '    this.#told.add(this.#kind);\n',
    replace: '',
    tests: 'conformance/faults',
  },
  {
    kind: 'K14 a listener that waits without a timer',
    file: 'host/net/listener.ts',
    find: 'set({ afterNs: RETRY_NS })',
    replace: 'set({ afterNs: RETRY_NS * 1e6 })',
    tests: 'net-faults',
  },
  {
    kind: 'K15 a negative set is refused',
    file: 'host/contract/checks.ts',
    find: 'set < -INT32_MAX - 1',
    replace: 'set < 0',
    tests: 'conformance/arguments',
  },
  {
    kind: 'K16 a leak is not told of',
    file: 'host/sys/leaks.ts',
    find: '  if (fd < 0 || told.has(syscall)) return;',
    replace: '  if (fd >= 0 || told.has(syscall)) return;',
    tests: 'sources-fds',
  },
  {
    kind: 'K17 a promise arms what is one-shot',
    file: 'host/turn/async-handlers.ts',
    find: 'if (this.#rearmSettled && !events.injected)',
    replace: 'if (this.#rearmSettled !== events.injected || !events.injected)',
    tests: 'async-handlers',
  },
  {
    kind: 'K18 each promise that settles lets go of all fds',
    file: 'host/turn/async-handlers.ts',
    find: '    this.#step = 1;\n',
    replace: '    this.#step = 1e6;\n',
    tests: 'async-handlers-cost',
  },
  {
    kind: 'K19 what was refused is confirmed',
    file: 'host/bus/nats-outbox.ts',
    find: 'if (refused) continue;',
    replace: 'if (refused && this.#cuts > 1_000) continue;',
    tests: 'nats',
  },
];
