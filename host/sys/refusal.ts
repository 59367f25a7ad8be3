/** Makes the error for a machine that can't do what is asked, from a sentence. */
type MakeRefusal = (reason: string) => Error;

let make: MakeRefusal = (reason) => new Error(reason);

/** Says how those errors are made: this room knows no class of errors. */
export function refuseBy(makeRefusal: MakeRefusal): void {
  make = makeRefusal;
}

/** The error for a machine that can't do what is asked: ERR_UNSUPPORTED_PLATFORM. */
export function refusal(reason: string): Error {
  return make(reason);
}

/** Why this system is none that the library is for, as a sentence; undefined where it is. */
export function notLinuxReason(): string | undefined {
  if (process.platform === 'linux') return undefined;
  return `epoll is an interface of Linux, and this is ${process.platform}`;
}
