import { EventManagerError } from '../contract/index.js';
import type { Syscalls } from '../sys/index.js';

/** The calls that a manager's operating system may lack. */
type OptionalCalls = Required<Omit<Syscalls, 'fdsOfProcess'>>;

/**
 * A manager's system calls, these optional ones included. `user` is who needs them: 'a LiveClock'.
 *
 * @throws ERR_UNSUPPORTED_PLATFORM
 */
export function provided<K extends keyof OptionalCalls>(
  syscalls: Syscalls,
  user: string,
  ...names: K[]
): Syscalls & Pick<OptionalCalls, K> {
  const missing = names.filter((name) => syscalls[name] === undefined);
  if (missing.length === 0) return syscalls as Syscalls & Pick<OptionalCalls, K>;
  throw new EventManagerError(
    'ERR_UNSUPPORTED_PLATFORM',
    `the \`syscalls\` of this event manager have no \`${missing.join('`, no `')}\`, which ` +
      `${user} needs: add what is missing, or leave out \`syscalls\``,
  );
}
