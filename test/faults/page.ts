import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ERRORS, LEFT_OUT, UNNOTICED, WITHOUT } from './table.js';

// docs/faults.md, as test/faults/outcomes.json has it. `make faults` writes both.

const ROOT = new URL('../../../', import.meta.url);
export const FAULTS_PAGE = fileURLToPath(new URL('docs/faults.md', ROOT));
export const OUTCOMES = fileURLToPath(new URL('test/faults/outcomes.json', ROOT));

/** 'read EINTR' → what came of it, in the order of the alphabet. */
export type Kinds = Record<string, string[]>;

const OPENING = `<!-- Written by \`make faults\` from test/faults: change that. -->

# When a system call fails

Each call of C that the library makes, each error that its manual page has for such a call, and
what comes of it. \`make faults\` finds out: whole programs (registrations, sources, sockets,
timers, messages, remote calls, the poll layer; blocking and attached) run over the real kernel,
and in each of them every call fails once, at every place where it is made. After each of these
faults all is closed, and no fd may be left, no memory kept, nothing may hang, and no event may
be lost without an error; then the same program runs again, and has to work.

- **thrown**: by the method that was called, or by \`run\`; the \`code\` is the errno's name, unless
  another one is given
- **thrown from the loop**: while attached, as an uncaught exception
- **reported**: to \`onError\` of the socket, the listener, the request or the manager
- **rejected**: the promise of the call
- **answered**: \`null\` or \`false\`, which means: not now
- **unnoticed**: the program gets all it asked for; the reason stands behind it
`;

/** The kinds of outcomes of a run of test/faults/run.ts. */
export function kindsOf(outcomes: Record<string, Record<string, string[]>>): Kinds {
  const rows = Object.entries(outcomes).map(([row, found]) => {
    const kinds = Object.keys(found).map((key) => key.slice(key.indexOf(': ') + 2));
    return [row, [...new Set(kinds.flatMap((kind) => kind.split(', ')))].sort()] as const;
  });
  return Object.fromEntries(rows);
}

export function whyUnnoticed(row: string): string | undefined {
  return UNNOTICED[row] ?? UNNOTICED[row.split(' ')[0]!];
}

function describe(row: string, kinds: readonly string[]): string {
  return kinds
    .map((kind) => (kind === 'unnoticed' ? `unnoticed (${whyUnnoticed(row)})` : kind))
    .join('; ');
}

export function faultsPage(kinds: Kinds): string {
  const sections = Object.entries(ERRORS).map(([call, errors]) => {
    const rows = errors.split(' ').map((error) => {
      const row = `${call} ${error}`;
      return `| ${error} | ${describe(row, kinds[row] ?? ['not reached'])} |`;
    });
    return `\n## ${call}\n\n| error | what comes of it |\n| --- | --- |\n${rows.join('\n')}\n`;
  });
  const list = (table: Readonly<Record<string, string>>) =>
    Object.entries(table).map(([name, text]) => `- \`${name}\`: ${text}\n`);
  const rest = [
    '\n## What can’t fail, or answers no errno\n\n',
    ...list(WITHOUT),
    '\n## What was not injected\n\n',
    ...list(LEFT_OUT),
  ];
  return OPENING + sections.join('') + rest.join('');
}

if (process.argv[2] === '--write') {
  const { outcomes, faults, wrong } = JSON.parse(readFileSync(process.argv[3]!, 'utf8'));
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const kinds = kindsOf(outcomes);
  writeFileSync(OUTCOMES, `${JSON.stringify(kinds, null, 1)}\n`);
  writeFileSync(FAULTS_PAGE, faultsPage(kinds));
  console.log(`${faults} faults`);
}
