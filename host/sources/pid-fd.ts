import {
  beforeClose,
  checkFlag,
  checkOptions,
  EventManagerError,
  EventSet,
  type EventSubscriber,
  Events,
  outOfRange,
  type Part,
  type SubscriberOps,
  systemError,
} from '../contract/index.js';
import {
  CLD_EXITED,
  ECHILD,
  type Ended,
  ESRCH,
  hasEnded,
  openPidFd,
  peekExit,
  reapedStatus,
  sendSignal,
} from '../sys/index.js';
import { OwnedFd } from './owned-fd.js';
import { type SignalName, signalName, signalNumber } from './signals.js';

const PID_MAX = 2 ** 22;

/** How a process ended. Both are null where nobody can tell any more. */
export interface ExitStatus {
  /** 0 to 255; null when a signal ended it. */
  readonly code: number | null;
  /** 'SIGKILL'; null when it ended by itself. */
  readonly signal: string | null;
}

const UNKNOWN: ExitStatus = Object.freeze({ code: null, signal: null });

/**
 * A pidfd_open(2) of any process, not only of a child: readable once the process has ended. It
 * means that process for ever, also when its number is used again. Linux 5.10, closed on exec.
 *
 * Node reaps the children that it spawned when its own loop comes to that. `status` reads the
 * status before, and leaves it there for Node. Linux 6.15 and later also tell the status of a
 * process that was reaped, or that is not a child of this one.
 *
 * @example
 * const child = spawn('make');
 * using pidFd = new PidFd(child.pid!);
 * interest().read().withFd(pidFd).withHandler(({ source, registration }) => {
 *   console.log(source.status()); // { code: 0, signal: null }
 *   registration.remove();        // it stays readable
 * }).registerInto(manager);
 */
export class PidFd extends OwnedFd {
  readonly pid: number;
  #status: ExitStatus | undefined;

  /** `pid`: 1 to 2²². @throws RangeError; ESRCH when there is no such process */
  constructor(pid: number) {
    if (!Number.isInteger(pid) || pid < 1 || pid > PID_MAX) {
      throw outOfRange('A pid', `an integer from 1 to ${PID_MAX}`, pid);
    }
    super(() => openPidFd(pid), 'pidfd_open', { what: `process ${pid}` });
    this.pid = pid;
  }

  protected override details(): readonly Part[] {
    const ended = this.#status;
    return [`pid: ${this.pid}`, ended && `ended: ${ended.signal ?? ended.code ?? 'unknown'}`];
  }

  /**
   * waitid(2), P_PIDFD, without waiting: how the process ended, or null while it runs. `reap`
   * takes its entry from the process table: only for a child that nobody else waits for.
   *
   * @throws ERR_CLOSED, EBADF, …
   */
  status(options: { reap?: boolean } = {}): ExitStatus | null {
    checkOptions('status', options, { reap: true });
    const fd = this.open;
    const ended = peekExit(fd, checkFlag('reap', options.reap));
    if (ended === null) return null;
    if (typeof ended !== 'number') this.#status ??= statusOf(ended);
    else if (ended !== -ECHILD) throw systemError(ended, 'waitid', fd);
    this.#status ??= decodeWait(reapedStatus(fd));
    return this.#status ?? (hasEnded(fd) ? UNKNOWN : null);
  }

  /**
   * How the process ended, once it has: in attached mode, or between calls of `run`. The manager
   * watches the fd until then, so one call at a time for each manager.
   *
   * @throws by rejection: what `EventOps.add` throws; ERR_CLOSED when this object, or the manager,
   * is closed before, or somebody removes the subscriber
   * @example
   * const { code, signal } = await pidFd.exit(manager);
   */
  exit(manager: SubscriberOps<never>): Promise<ExitStatus> {
    return new Promise((resolve, reject) => {
      let forget = (): void => {};
      const subscriber: EventSubscriber = {
        init: (ops) => {
          ops.add(new Events(this, EventSet.IN));
          forget = beforeClose(this, () => void manager.removeSubscriber(id));
        },
        process: () => {
          try {
            resolve(this.status() ?? UNKNOWN);
          } catch (error) {
            reject(error);
          }
          manager.removeSubscriber(id);
        },
        unsubscribed: () => {
          forget();
          reject(new EventManagerError('ERR_CLOSED', 'closed before the process had ended'));
        },
      };
      const id = manager.addSubscriber(subscriber as never);
    });
  }

  /**
   * pidfd_send_signal(2): a signal, by name or number (1 to 64), to this process and no other.
   *
   * @returns false when the process has ended, also when its parent has not waited for it yet
   * @throws RangeError, TypeError; EPERM for a process of another user; ERR_CLOSED
   * @example
   * if (!pidFd.kill('SIGTERM')) console.log('was gone already', pidFd.status());
   */
  kill(signal: SignalName | number = 'SIGTERM'): boolean {
    const fd = this.open;
    const number = signalNumber(signal);
    // To the kernel a process that nobody has waited for can still be sent a signal.
    if (hasEnded(fd)) return false;
    const result = sendSignal(fd, number);
    if (result === -ESRCH) return false;
    if (result < 0) throw systemError(result, 'pidfd_send_signal', this.fd);
    return true;
  }
}

function statusOf({ code, status }: Ended): ExitStatus {
  if (code === CLD_EXITED) return { code: status, signal: null };
  return { code: null, signal: signalName(status) };
}

/** The status word of wait(2). */
function decodeWait(status: number | undefined): ExitStatus | undefined {
  if (status === undefined) return undefined;
  const signal = status & 0x7f;
  if (signal !== 0) return { code: null, signal: signalName(signal) };
  return { code: (status >> 8) & 0xff, signal: null };
}
