export interface RunOptions {
  /** Ends the turns when it is aborted, by a handler: nothing else runs meanwhile. */
  signal?: AbortSignal;
}

/** Turns that block the thread. */
export interface Running {
  /**
   * One turn: waits until something is ready, and dispatches it. Promises, timers and signal
   * listeners wait until it returns. In a worker it looks up every 50 ms: `terminate` ends it.
   *
   * @returns handler calls made; 0 when a signal came, and the program listens to one
   * @throws ERR_REENTRANT from inside a handler, ERR_CLOSED; what handlers threw (`'throw'`)
   */
  run(): number;

  /**
   * One turn that waits so long at most. Zero only looks; fractions count, down to a nanosecond,
   * or round up where the kernel has no epoll_pwait2(2); undefined and Infinity wait for ever.
   *
   * @throws RangeError for a negative timeout or NaN; else as `run`
   */
  runWithTimeout(milliseconds?: number): number;

  /**
   * Turns without end, until `stop`, `close`, or the signal is aborted, all of them from inside a
   * handler: nothing else of JavaScript runs meanwhile, signal listeners included. A SIGINT
   * without a listener still ends the process.
   *
   * @throws as `run`
   */
  runForever(options?: RunOptions): void;

  /**
   * Ends `runForever`, or being attached, after the present turn. From a handler or a remote call;
   * while attached, from anywhere.
   */
  stop(): void;
}
