import { type Call, SHIM_FUNCTIONS, type ShimFunctions } from './hot-calls.js';
import { type Koffi, loadKoffi } from './koffi.js';

/** The C types that our calls need. An address is a number: passing a view costs 40 ns more. */
export type CType = 'int' | 'unsigned int' | 'long' | 'size_t' | 'uintptr_t';

let library: ReturnType<Koffi['load']> | undefined;
let handlerType: ReturnType<Koffi['proto']> | undefined;
/** By their parameters: koffi never forgets a type. */
const callbackTypes = new Map<string, ReturnType<Koffi['pointer']>>();

/**
 * A function of the C library, of libuv or of Node; undefined where there is none of that name.
 * `calls.ts` says which ones there are and when they are made: never late.
 */
export function koffiFunction(name: string, result: CType, parameters: CType[]): Call | undefined {
  const library = loadLibrary();
  try {
    return library.func(name, result, parameters);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    return undefined;
  }
}

/** The functions of the shim at a path. Throws where it can't be loaded. */
export function koffiShim(path: string): ShimFunctions {
  const shim = loadKoffi().load(path);
  const functions = Object.entries(SHIM_FUNCTIONS).map(([name, count]) => [
    name,
    shim.func(name, 'double', Array(count).fill('double')),
  ]);
  return Object.fromEntries(functions) as ShimFunctions;
}

/** Where a function lies that C calls by its address. Throws where there is none of that name. */
export function symbolAddress(name: string): number {
  return Number(loadLibrary().symbol(name));
}

/** The errno of the call just made, negated: how every system call here reports failure. */
export function negativeErrno(): number {
  return -loadKoffi().errno();
}

/** Sets errno, as a call does that fails. */
export function setErrno(errno: number): void {
  loadKoffi().errno(errno);
}

/** See `HotCalls.addressOf`. */
export function koffiAddressOf(view: ArrayBufferView): number {
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

/** A function for C to call, of numbers and without a result. */
export interface NativeCallback {
  readonly address: number;
  /** C must not call it any more. */
  release(): void;
}

/**
 * Makes one. It is left out where JavaScript can't run, as in a worker being terminated. Throws
 * when the process has 8 192 of them: one that a terminated worker had is lost to koffi.
 */
export function nativeCallback(
  parameters: CType[],
  callback: (first: number, second: number) => void,
): NativeCallback {
  const koffi = loadKoffi();
  const key = parameters.join();
  const type = callbackTypes.get(key) ?? koffi.pointer(koffi.proto('void', parameters));
  callbackTypes.set(key, type);
  const address = koffi.register(callback, type);
  return { address: Number(address), release: () => koffi.unregister(address) };
}

/** Node-API's environment of this thread: what the functions of Node itself ask for. */
export function nodeEnvironment(): number {
  return Number(loadKoffi().node.env);
}

/** A handle of libuv. Only one per fd, nothing after `close`. */
export interface NativePollHandle {
  ref(): void;
  unref(): void;
  stop(): void;
  close(): void;
}

/** koffi's way to have libuv watch a fd: see node-loop.ts. */
export function nativePoll(fd: number, callback: (status: number) => void): NativePollHandle {
  const options = { readable: true };
  const told = (status: number) => {
    callback(status);
    if (process.versions.deno === undefined) return;
    // Deno's libuv tells once.
    handle.stop();
    handle.start(options, told as never);
  };
  // Its typings leave out the first argument.
  const handle = loadKoffi().node.poll(fd, options, told as never);
  return handle;
}

function loadLibrary(): NonNullable<typeof library> {
  library ??= loadKoffi().load(null);
  return library;
}
