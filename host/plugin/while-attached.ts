import type { Internals } from '../attached/index.js';
import { EventManagerError } from '../contract/index.js';

/** What comes of something that goes on in a guest's thread. */
export type Settle<T> = (error: unknown, value?: T) => void;

/**
 * A promise of what needs turns of the manager to come about: until it is settled, the manager is
 * attached.
 */
export function whileAttached<T>(
  internals: Internals,
  begin: (settle: Settle<T>) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const { driver } = internals;
    const tenant = {
      detach: () => settle(new EventManagerError('ERR_CLOSED', 'the event manager was stopped')),
    };
    const settle: Settle<T> = (error, value) => {
      driver.release(tenant);
      if (error) reject(error);
      else resolve(value);
    };
    driver.retain(tenant);
    try {
      begin(settle);
    } catch (error) {
      settle(error);
    }
  });
}
