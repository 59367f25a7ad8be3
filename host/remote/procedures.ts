import type { EventSubscriber, SubscriberOps } from '../contract/index.js';

// biome-ignore-start lint/suspicious/noExplicitAny: any subscriber's ops, any arguments

/** What other threads may call: the owner's `ops` come first, what the caller gave after. */
export type Procedure<S extends EventSubscriber = any> = (
  ops: SubscriberOps<S>,
  ...args: any[]
) => unknown;

export type Procedures<S extends EventSubscriber = any> = Record<string, Procedure<S>>;

// biome-ignore-end lint/suspicious/noExplicitAny: any subscriber's ops, any arguments

/** The names of a set of procedures. */
export type ProcedureName<P> = keyof P & string;

/** What a caller gives: the parameters without `ops`. */
export type ProcedureArguments<F> = F extends (...args: infer A) => unknown
  ? A extends [unknown?, ...infer Rest]
    ? Rest
    : []
  : never;

/** What a caller gets: the result, out of its promise. */
export type ProcedureResult<F> = F extends (...args: never[]) => infer R ? Awaited<R> : never;
