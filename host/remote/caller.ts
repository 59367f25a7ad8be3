import type { MessagePort } from 'node:worker_threads';

/** What stands behind an endpoint: the owner's own thread, or the way to it from another. */
export interface Caller {
  readonly closed: boolean;
  call(name: string, args: readonly unknown[]): Promise<unknown>;
  /** A timeout below zero waits for ever. */
  callBlocking(name: string, args: readonly unknown[], timeoutMs: number): unknown;
  fire(name: string, args: readonly unknown[]): void;
  kick(): void;
  stop(): void;
  share(capacity: number): MessagePort;
  /** Waits for what `RemoteEndpoint.close` drains. @throws ERR_TIMED_OUT, by rejection */
  drained(timeoutMs: number | undefined): Promise<void>;
  close(): void;
}
