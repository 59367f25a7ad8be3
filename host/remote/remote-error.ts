import { Drained, EventManagerError } from '../contract/index.js';

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

/** What `read` answers, or `instead` where it throws, as getters of a user's object may. */
export function readSafely<T>(read: () => T, instead: T): T {
  try {
    return read();
  } catch {
    return instead;
  }
}

/** `procedure` is what was called, if anything was. */
export function closedEndpointError(procedure?: string): EventManagerError {
  const call = procedure === undefined ? '' : `remote call '${procedure}' was not answered: `;
  return new EventManagerError(
    'ERR_CLOSED',
    `${call}the event manager behind this remote endpoint was closed, or the endpoint was`,
  );
}

/** Waits for the end of whoever calls: so many calls and endpoints are left. */
export function drainedCallers(left: () => number): Drained {
  const what = 'calls of this thread and endpoints of others are open';
  return new Drained(left, what, 'have them closed, or wait on');
}

export function queueFullError(capacity: number): EventManagerError {
  return new EventManagerError(
    'ERR_QUEUE_FULL',
    `${capacity} calls of this endpoint are on their way already, which is its capacity: wait ` +
      'for some of them, or share an endpoint with a higher one',
  );
}

/** How many names an error lists. */
const NAMES_MAX = 50;

export function unknownProcedureError(name: string, known: Iterable<string>): EventManagerError {
  const all = [...known];
  const shown = all.slice(0, NAMES_MAX).map((each) => `'${each}'`);
  const more = all.length - shown.length;
  const names = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  return new EventManagerError(
    'ERR_UNKNOWN_PROCEDURE',
    `the event manager exposes no procedure '${name}', but ${names || 'nothing at all'}`,
  );
}

export function notCloneableError(what: string, cause: unknown): EventManagerError {
  return new EventManagerError(
    'ERR_NOT_CLONEABLE',
    `${what} can't be sent to another thread: ${reasonOf(cause)}. Functions and symbols never ` +
      'can, and a MessagePort only when it is transferred',
    { cause },
  );
}

/** What was sent, and can't be made of that in this thread. */
export function unreadableError(what: string, cause: unknown): EventManagerError {
  return new EventManagerError(
    'ERR_NOT_CLONEABLE',
    `${what} can't be read in this thread: ${reasonOf(cause)}. What is nested too deep for the ` +
      'stack of either thread can not be sent',
    { cause },
  );
}

/** For an answer that is there, and could not be sent in any form. */
export function lostAnswerError(): EventManagerError {
  return new EventManagerError(
    'ERR_NOT_CLONEABLE',
    'the procedure has run, and its answer could not be sent to this thread',
  );
}

function reasonOf(cause: unknown): string {
  const reason = readSafely(() => (cause instanceof Error ? cause.message : cause), undefined);
  return readSafely(() => String(reason), 'for a reason that has no text');
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
