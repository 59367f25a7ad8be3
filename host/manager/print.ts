import { STATE_DISARMED, STATE_PAUSED } from '../../assembly/abi.js';
import type { Internals } from '../attached/index.js';
import { EventSet, printed } from '../contract/index.js';
import { fileKind, ManagerKernel } from '../sys/index.js';
import type { Member, RegistrationRecord } from '../table/index.js';

/** Registrations that are shown: each costs a system call. */
const ROWS_MAX = 100;
const HEADINGS = ['id', 'name', 'fd', 'file', 'interest', 'state', 'calls'];

/** What `console.log` shows of a manager: how it stands, and a row for each registration. */
export function printManager({ table, roster, loop, driver }: Internals): string {
  if (table.closed) return printed('EventManager', 'closed');
  const members = roster.list();
  const kindOf = table.syscalls instanceof ManagerKernel ? fileKind : () => '';
  const records = members.map((member) => ({ member, records: table.watchList(member) }));
  const all = records.reduce((sum, each) => sum + each.records.length, 0);
  const head = printed(
    'EventManager',
    `fd: ${table.epfd}`,
    driver.attached ? 'attached' : loop.running ? 'running' : 'not running',
    `subscribers: ${members.length}`,
    `registrations: ${all}`,
    `calls: ${loop.dispatched}`,
  );
  const rows = records.flatMap(({ member, records }) => rowsOf(member, records, kindOf));
  if (rows.length === 0) return head;
  const more = rows.length > ROWS_MAX ? [`  … and ${rows.length - ROWS_MAX} more`] : [];
  const cells = rows.slice(0, ROWS_MAX).map((row) => row());
  return [head, ...align([HEADINGS, ...cells]), ...more].join('\n');
}

/** One row for each registration, or for a subscriber without any; made when it is shown. */
function rowsOf(
  member: Member,
  records: readonly RegistrationRecord[],
  kindOf: (fd: number) => string,
): (() => string[])[] {
  const first = [String(member.id), labelOf(member)];
  const calls = String(member.dispatched);
  if (records.length === 0) return [() => [...first, '', '', '', '', calls]];
  return records.map(({ fd, interest, state }) => () => [
    ...first,
    String(fd),
    kindOf(fd),
    EventSet.format(interest),
    stateOf(member, fd, state),
    calls,
  ]);
}

/** Its own name, or else its class's. */
function labelOf({ name, subscriber }: Member): string {
  const type = subscriber.constructor?.name;
  return name ?? (type === undefined || type === 'Object' ? '' : type);
}

function stateOf(member: Member, fd: number, state: number): string {
  const shared = member.shares?.has(fd) ? 'shared' : '';
  const silent = (state & STATE_PAUSED) !== 0 ? 'paused' : '';
  const disarmed = (state & STATE_DISARMED) !== 0 ? 'disarmed' : '';
  return [silent, disarmed, shared].filter((word) => word !== '').join(' ');
}

/** Columns that are as wide as they have to be. */
function align(rows: readonly string[][]): string[] {
  const widths = HEADINGS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')}`.trimEnd(),
  );
}
