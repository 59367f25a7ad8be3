import { type ErrorCode, EventManagerError } from '../contract/index.js';

/** An error on its way to another thread: structured clone would lose code and class. */
export interface ErrorMessage {
  name: string;
  message: string;
  stack: string | undefined;
  /** Of its own properties those that can travel: code, errno, syscall, … */
  details: Record<string, string | number | boolean>;
}

/** Where an error was made that reached this thread by a remote call. */
const REMOTE_STACK = 'remoteStack';
const STANDARD: Record<string, ErrorConstructor> = {
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

/**
 * A remote call that was not answered in time. `started` tells whether the procedure had begun. If
 * it had, its result is dropped; if not, it never begins.
 */
export class RemoteTimeoutError extends EventManagerError {
  readonly started: boolean;

  constructor(procedure: string, timeoutMs: number, started: boolean) {
    const fate = started
      ? 'It had been started, and its result will be dropped'
      : 'It was not started, and never will be';
    super('ERR_TIMED_OUT', `remote call '${procedure}' took longer than ${timeoutMs} ms. ${fate}`);
    this.started = started;
  }
}

/** Takes an error apart; undefined for a thrown value that isn't one. */
export function describeError(error: unknown): ErrorMessage | undefined {
  if (!(error instanceof Error)) return undefined;
  const details: ErrorMessage['details'] = {};
  for (const [key, value] of Object.entries(error)) {
    if (['string', 'number', 'boolean'].includes(typeof value)) details[key] = value;
  }
  delete details.name;
  return { name: error.name, message: error.message, stack: error.stack, details };
}

/** Puts an error together again: same class where this side has it, both stacks. */
export function reviveError({ name, message, stack, details }: ErrorMessage): Error {
  const { code, ...rest } = details;
  const error =
    name === 'EventManagerError'
      ? new EventManagerError(code as ErrorCode, message)
      : Object.assign(new (STANDARD[name] ?? Error)(message), code === undefined ? {} : { code });
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name });
  Object.defineProperty(error, REMOTE_STACK, { value: stack });
  // The stack's first line was written with the name of then.
  const local = (error.stack ?? '').split('\n').slice(1).join('\n');
  error.stack = `${name}: ${message}\n${local}\n  in the other thread:\n${stack ?? ''}`;
  return Object.assign(error, rest);
}

export function closedEndpointError(): EventManagerError {
  return new EventManagerError(
    'ERR_CLOSED',
    'the event manager behind this remote endpoint was closed, or the endpoint was',
  );
}

export function queueFullError(capacity: number): EventManagerError {
  return new EventManagerError(
    'ERR_QUEUE_FULL',
    `${capacity} calls of this endpoint are on their way already, which is its capacity: wait ` +
      'for some of them, or share an endpoint with a higher one',
  );
}

export function unknownProcedureError(name: string, known: Iterable<string>): EventManagerError {
  const names = [...known].map((each) => `'${each}'`).join(', ');
  return new EventManagerError(
    'ERR_UNKNOWN_PROCEDURE',
    `the event manager exposes no procedure '${name}', but ${names || 'nothing at all'}`,
  );
}

export function notCloneableError(what: string, cause: unknown): EventManagerError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EventManagerError(
    'ERR_NOT_CLONEABLE',
    `${what} can't be sent to another thread: ${reason}. Functions and symbols never can, and a ` +
      'MessagePort only when it is transferred',
    { cause },
  );
}

export function wouldDeadlockError(name: string): EventManagerError {
  return new EventManagerError(
    'ERR_WOULD_DEADLOCK',
    `callBlocking('${name}') from the thread that runs the event manager would wait for itself: ` +
      'use `call`, or call the procedure directly',
  );
}

export function outOfReachError(): EventManagerError {
  return new EventManagerError(
    'ERR_UNSUPPORTED_PLATFORM',
    'the event manager of this endpoint has `syscalls` of its own, whose fds other threads ' +
      'cannot write to: use the endpoint in the thread of the manager',
  );
}
