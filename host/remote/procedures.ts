import { type EventSubscriber, invalidType, type SubscriberOps } from '../contract/index.js';

// biome-ignore-start lint/suspicious/noExplicitAny: any subscriber's ops, any arguments

/** A function that other threads may call, with the owner's `ops` and the caller's arguments. */
export type Procedure<S extends EventSubscriber = any> = (
  ops: SubscriberOps<S>,
  ...args: any[]
) => unknown;

export type Procedures<S extends EventSubscriber = any> = Record<string, Procedure<S>>;

// biome-ignore-end lint/suspicious/noExplicitAny: any subscriber's ops, any arguments

/** The names of a set of procedures. */
export type ProcedureName<P> = keyof P & string;

/** The arguments that a caller passes: the parameters without `ops`. */
export type ProcedureArguments<F> = F extends (...args: infer A) => unknown
  ? A extends [unknown?, ...infer Rest]
    ? Rest
    : []
  : never;

/** The result that a caller gets: what a procedure returns, or what its promise resolves to. */
export type ProcedureResult<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;

/**
 * The procedures by name: the functions that an object has itself.
 *
 * @throws TypeError for what is no function; for methods of a class, which would not be exposed
 */
export function checkProcedures(procedures: unknown): [name: string, procedure: Procedure][] {
  if (typeof procedures !== 'object' || procedures === null) {
    throw invalidType('The procedures', 'an object of functions', procedures);
  }
  const entries: [string, Procedure][] = Object.entries(procedures);
  for (const [name, procedure] of entries) {
    if (typeof procedure === 'function') continue;
    throw invalidType(`The procedure '${name}'`, 'a function', procedure);
  }
  const method = inheritedMethod(procedures);
  if (method === undefined) return entries;
  throw invalidType(
    'The procedures',
    "an object's own functions, without methods of its class: expose " +
      `{ ${method}: (ops, ...args) => it.${method}(...args) }`,
    procedures,
  );
}

function inheritedMethod(procedures: object): string | undefined {
  let prototype = Object.getPrototypeOf(procedures) as object | null;
  for (; prototype && !isRoot(prototype); prototype = Object.getPrototypeOf(prototype)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (typeof value === 'function' && name !== 'constructor') return name;
    }
  }
  return undefined;
}

/** Object.prototype, of this realm or another. */
function isRoot(prototype: object): boolean {
  return Object.getPrototypeOf(prototype) === null;
}
