/** How a guest ends itself: `exit` of `wasi:cli/exit` throws it through the guest. */
export class WasiExit extends Error {
  override readonly name = 'WasiExit';
  /** 0 to 255, as of a process. */
  readonly status: number;

  constructor(status: number) {
    super(`the guest has exited with status ${status}`);
    this.status = status;
  }
}
