import { internalsOf } from '../attached/index.js';
import type { EventManager } from '../manager/index.js';
import type { Fault } from './faults.js';
import type { MessageBusOptions } from './options.js';

type Settle = (faults: readonly Fault[]) => void;

/** What becomes of the errors of a delivery: to `onError`, to the manager, or to the caller. */
export function errorPolicy(
  onError: MessageBusOptions['onError'],
  manager: EventManager<never> | undefined,
): Settle {
  const settle = manager === undefined ? rethrow : leaveTo(manager);
  return onError === undefined ? settle : reportTo(onError, settle);
}

function rethrow(faults: readonly Fault[]): void {
  if (faults.length === 1) throw faults[0]!.error;
  const errors = faults.map(({ error }) => error);
  throw new AggregateError(errors, `${errors.length} handlers failed in one delivery`);
}

/** By the manager's own policy; `'remove'` unsubscribes. */
function leaveTo(manager: EventManager<never>): Settle {
  const { loop } = internalsOf(manager);
  return (faults) => {
    for (const { error, subscription, name } of faults) {
      loop.faults.noteFrom(error, () => void subscription?.unsubscribe(), { name });
    }
    // A promise is rejected between two turns.
    if (!loop.running) loop.faults.settle();
  };
}

/** What `onError` itself throws goes the way of the errors that nobody takes. */
function reportTo(onError: NonNullable<MessageBusOptions['onError']>, settle: Settle): Settle {
  return (faults) => {
    const thrown: Fault[] = [];
    for (const fault of faults) {
      try {
        onError(fault.error, { name: fault.name });
      } catch (error) {
        thrown.push({ ...fault, error });
      }
    }
    if (thrown.length > 0) settle(thrown);
  };
}
