/*
 * V8 looks at a function's entry whether its frame has room on the stack. A function of Wasm tells
 * it the size of its frame, in optimized code too, and doesn't touch what it leaves unused. So one
 * with a large frame asks for room in 10 ns. Only a branch that is never taken fills the frame:
 *
 *     (func (export "f") (param i32)
 *       (if (local.get 0) (then (call $many) … (call $many)  ;; each answers 128 vectors
 *                               (call $take) … (call $take)))) ;; and each takes as many
 *
 * Both are imports, which V8 can't see through.
 */
const VECTORS = 128;
const CALLS = 32;
const I32 = 0x7f;
const V128 = 0x7b;

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const vectors = list(Array.from({ length: VECTORS }, () => [V128]));
  const types = [
    [0x60, 0, ...vectors],
    [0x60, ...vectors, 0],
    [0x60, 1, I32, 0],
  ];
  const imports = [
    [0, 0, 0, 0],
    [0, 0, 0, 1],
  ];
  const calls = (of: number) => Array.from({ length: CALLS }, () => [0x10, of]).flat();
  const body = [0, 0x20, 0, 0x04, 0x40, ...calls(0), ...calls(1), 0x0b, 0x0b];
  const sections = [
    [1, ...sized(list(types))],
    [2, ...sized(list(imports))],
    [3, ...sized(list([[2]]))],
    [7, ...sized(list([[1, 0x66, 0, 2]]))],
    [10, ...sized(list([sized(body)]))],
  ];
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);
}

function list(items: readonly number[][]): number[] {
  return [...leb128(items.length), ...items.flat()];
}

function sized(bytes: readonly number[]): number[] {
  return [...leb128(bytes.length), ...bytes];
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >> 7)];
}

let enter: ((fill: number) => void) | undefined;

function makeFrame(): (fill: number) => void {
  const imports = { '': { '': () => {} } };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), imports);
  return exports.f as (fill: number) => void;
}

/**
 * Throws the RangeError of a full stack now, where nothing has been changed yet, rather than in the
 * middle of what comes next: not when a socket has left its manager, and its fd isn't closed. There
 * are 64 KB left behind it. V8 wants 40 of them to compile a function, and forgets the code of one
 * that wasn't called for some time: a call that has come through before can fail anywhere.
 *
 * @throws RangeError
 */
export function assertStackRoom(): void {
  enter ??= makeFrame();
  enter(0);
}
