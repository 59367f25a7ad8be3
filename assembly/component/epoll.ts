import { ResultListEventU32 } from './answer';

/**
 * The system calls that only the component makes, as wit/reactor.wit declares them. `ctl` is
 * epoll.ts's: it lowers to the same signature here as in the core module, and so the same ops.ts
 * serves both.
 */

export declare function create(): i32;

/** The answer goes where `answer` says, and the list of events to where `cabi_realloc` says. */
export declare function wait(
  epfd: i32,
  maxEvents: i32,
  hasTimeout: bool,
  timeout: u64,
  answer: ResultListEventU32,
): void;

export declare function close(epfd: i32): i32;
