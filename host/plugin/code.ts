/** How long one call of a guest may take. */
export interface CallLimits {
  /** Milliseconds; Infinity for no limit. */
  readonly deadlineMs: number;
  /** Units of fuel; Infinity for no limit. */
  readonly fuel: number;
}

/** What came of a call: what the guest's function returned, or how the guest went wrong. */
export type Outcome = (error: unknown, result: number) => void;

/** The code of a guest, wherever it runs: its exports, and the buffer for what it is told. */
export interface Code {
  /** Memory to which the addresses in the guest's imports refer. */
  readonly bytes: Uint8Array;
  /** What the guest's memory has now. */
  readonly memoryBytes: number;
  /** Where a batch goes: BATCH_MAX entries. */
  readonly entries: Int32Array;
  /** The guest's buffer: BUFFER_BYTES. */
  readonly buffer: Uint8Array;
  /** Whether it has an export of this name. */
  has(name: string): boolean;
  /** Runs what has to come before anything else. */
  start(limits: CallLimits, outcome: Outcome): void;
  /** Calls an export with what is in the buffer. One call at a time. */
  call(name: string, limits: CallLimits, a: number, b: number, outcome: Outcome): void;
  /** Ends it, also in the middle of a call, which has failed then. */
  end(): void;
}
