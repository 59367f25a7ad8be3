import { EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLRDHUP } from '../../assembly/abi.js';
import type { Internals } from '../attached/index.js';
import { EventManagerError, EventSet } from '../contract/index.js';
import type { Member } from '../table/index.js';

const EVENTS = EPOLLIN | EPOLLOUT | EPOLLPRI | EPOLLRDHUP | EPOLLERR | EPOLLHUP;

/** Whether a set asks for nothing. Who wants to hear of hang-ups alone says so: HANG_UP. */
export function asksForNothing(set: EventSet): boolean {
  return (set & EVENTS) === 0;
}

/**
 * Registrations that were made for no event at all, as by a `.read()` that was forgotten: each is
 * told of once, unless it was changed before anything is waited for.
 */
export class Silences {
  readonly #internals: () => Internals;
  #noted: { member: Member; fd: number }[] = [];

  constructor(internals: () => Internals) {
    this.#internals = internals;
  }

  note(member: Member, fd: number): void {
    if (this.#noted.length === 0) setImmediate(() => this.tell());
    this.#noted.push({ member, fd });
  }

  /** @throws ERR_ALREADY_ATTACHED where Node's loop, which makes the turns, would stand still */
  beforeWait(timeoutMs: number): void {
    if (timeoutMs < 0) this.#internals().driver.assertFree();
    this.tell();
  }

  /** Before a wait, or as soon as Node's own loop goes on. Throws what `onError` does. */
  tell(): void {
    if (this.#noted.length === 0) return;
    const { table, roster, loop } = this.#internals();
    for (const { member, fd } of this.#noted.splice(0)) {
      if (table.closed || !roster.has(member)) continue;
      const record = table.held(member, fd);
      if (record?.state !== 0 || !asksForNothing(record.interest)) continue;
      loop.faults.reportFor(member, neverFires(member, fd, record.interest), member.context(fd));
    }
  }
}

function neverFires({ name }: Member, fd: number, set: EventSet): EventManagerError {
  const of = name === undefined ? '' : ` of ${JSON.stringify(name)}`;
  return new EventManagerError(
    'ERR_NEVER_FIRES',
    `fd ${fd}${of} is registered for ${EventSet.format(set)}, and will report nothing: ask for ` +
      '`EventSet.IN`, or `.read()` in the builder; for hang-ups alone, `EventSet.HANG_UP`',
    { fd },
  );
}

/** Managers that are open, and have made no turn yet. */
const unheard = new Set<WeakRef<Internals>>();
let watching = false;

/** Has a process that ends say so where the registrations of a manager were never waited for. */
export function watchForTurns(internals: Internals): void {
  const reference = new WeakRef(internals);
  unheard.add(reference);
  internals.onClose(() => unheard.delete(reference));
  if (watching) return;
  watching = true;
  process.on('beforeExit', tellUnheard);
}

function tellUnheard(): void {
  for (const reference of unheard) {
    unheard.delete(reference);
    const internals = reference.deref();
    if (internals && !internals.table.closed) tellIfUnheard(internals);
  }
}

function tellIfUnheard({ table, roster, loop }: Internals): void {
  if (loop.turnsBegun > 0) return;
  const watched = roster
    .list()
    .flatMap((member) =>
      table
        .watchList(member)
        .map(({ fd }) => (member.name ? `"${member.name}" (fd ${fd})` : `fd ${fd}`)),
    );
  if (watched.length === 0) return;
  const shown = watched.slice(0, 5).join(', ');
  const more = watched.length > 5 ? ` and ${watched.length - 5} more` : '';
  process.emitWarning(
    `the process ends, and nobody has waited for ${shown}${more}: \`attach()\` the event ` +
      'manager, which keeps the process alive, or `run` it',
    { type: 'NeverWaitedWarning', code: 'NEVER_WAITED' },
  );
}
