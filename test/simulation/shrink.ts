import type { Operation, Program } from './program.js';

/** Whether a program still shows the disagreement. */
export type Fails = (program: Program) => Promise<boolean>;

/**
 * The least program that still fails: by leaving out runs of operations, from half of them to one
 * (delta debugging), then those inside handlers, then by making numbers small.
 */
export async function shrink(program: Program, fails: Fails): Promise<Program> {
  let least = program;
  const attempt = async (operations: readonly Operation[]): Promise<boolean> => {
    const candidate = { ...least, operations };
    if (!(await fails(candidate))) return false;
    least = candidate;
    return true;
  };
  for (let size = -1; size !== least.operations.length; ) {
    size = least.operations.length;
    await leaveOut(() => least.operations, attempt);
    for (let i = 0; i < least.operations.length; i += 1) await shrinkOne(i, () => least, attempt);
  }
  return least;
}

type Attempt = (operations: readonly Operation[]) => Promise<boolean>;

async function leaveOut(now: () => readonly Operation[], attempt: Attempt): Promise<void> {
  for (let run = Math.ceil(now().length / 2); run >= 1; run = run > 1 ? Math.ceil(run / 2) : 0) {
    for (let from = Math.max(0, now().length - run); ; from = Math.max(0, from - run)) {
      const operations = now();
      await attempt([...operations.slice(0, from), ...operations.slice(from + run)]);
      if (from === 0) break;
    }
  }
}

/** What is inside one operation, and its numbers. */
async function shrinkOne(at: number, now: () => Program, attempt: Attempt): Promise<void> {
  const replace = (operation: Operation) => {
    const { operations } = now();
    return attempt([...operations.slice(0, at), operation, ...operations.slice(at + 1)]);
  };
  const nested = () => now().operations[at]!.at(-1) as readonly Operation[];
  if (Array.isArray(nested())) {
    const within: Attempt = (inside) =>
      replace([...now().operations[at]!.slice(0, -1), inside] as unknown as Operation);
    await leaveOut(nested, within);
  }
  for (let i = 1; i < now().operations[at]!.length; i += 1) {
    const operation = now().operations[at]!;
    if (typeof operation[i] !== 'number' || operation[i] === 0) continue;
    await replace(operation.with(i, 0) as unknown as Operation);
  }
}
