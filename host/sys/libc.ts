import { createRequire } from 'node:module';

/**
 * The one file that knows koffi. It is loaded on first use, so that importing the library
 * works, and says why, where koffi or epoll don't exist.
 */

type Koffi = typeof import('koffi');

/** The C types that our calls need. An address is a number: passing a view costs 40 ns more. */
export type CType = 'int' | 'unsigned int' | 'long' | 'size_t' | 'uintptr_t';

const require = createRequire(import.meta.url);
let koffi: Koffi | undefined;
let library: ReturnType<Koffi['load']> | undefined;
let handlerType: ReturnType<Koffi['proto']> | undefined;

/** What went wrong when koffi was loaded; undefined when it is there. */
export function koffiFailure(): string | undefined {
  try {
    loadKoffi();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A function of the C library. Throws where there is none of that name. */
export function libcFunction(
  name: string,
  result: CType,
  parameters: CType[],
): (...args: number[]) => number {
  library ??= loadKoffi().load(null);
  return library.func(name, result, parameters);
}

/** The same, or undefined where the C library is too old to have it. */
export function optionalLibcFunction(
  name: string,
  result: CType,
  parameters: CType[],
): ((...args: number[]) => number) | undefined {
  try {
    return libcFunction(name, result, parameters);
  } catch {
    return undefined;
  }
}

/** The errno of the call just made, negated: how every system call here reports failure. */
export function negativeErrno(): number {
  return -loadKoffi().errno();
}

/**
 * Where a view's bytes are. Good as long as the view's buffer is neither detached nor
 * collected: the caller keeps the view, in a field or a variable that outlives the call.
 */
export function addressOf(view: ArrayBufferView): number {
  return Number(loadKoffi().address(view));
}

/**
 * A function at an address, that takes an address and 64 bits and answers nothing. Whether there is
 * such a function can't be known here.
 */
export function nativeFunction(address: bigint): (event: number, userData: bigint) => void {
  handlerType ??= loadKoffi().proto('void wem_handler(uintptr_t event, uintptr_t user_data)');
  return loadKoffi().decode(address, handlerType) as (event: number, userData: bigint) => void;
}

/** A handle of libuv. Only one per fd, nothing after `close`: see node-poll.ts. */
export interface NativePollHandle {
  ref(): void;
  unref(): void;
  close(): void;
}

/**
 * Has libuv call back whenever a fd is readable, with 0 or a negative errno. The callback is not
 * one of Node's own: what it throws is held back, and promises do not run after it.
 */
export function nativePoll(fd: number, callback: (status: number) => void): NativePollHandle {
  // Its typings leave out the first argument.
  return loadKoffi().node.poll(fd, { readable: true }, callback as never);
}

function loadKoffi(): Koffi {
  koffi ??= require('koffi') as Koffi;
  return koffi;
}
