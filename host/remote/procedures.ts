import type { EventSubscriber, SubscriberOps } from '../contract/index.js';

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
