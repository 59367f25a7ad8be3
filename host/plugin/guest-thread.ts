/** What a guest's thread is given. */
export interface GuestThreadData {
  readonly module: WebAssembly.Module;
  /** Control words, and behind them the buffer and the payload. */
  readonly shared: SharedArrayBuffer;
  /** The eventfd that wakes the host. */
  readonly bell: number;
  readonly bufferBytes: number;
  readonly payloadBytes: number;
  readonly abi: number;
}

/** The control words. The host writes a command and a reply, the guest's thread the rest. */
export const WORDS = {
  command: 0,
  name: 1,
  a: 2,
  b: 3,
  done: 4,
  failed: 5,
  result: 6,
  memory: 7,
  request: 8,
  operation: 9,
  reply: 10,
  answer: 11,
} as const;
export const ARGUMENTS_AT = 64;
export const BUFFER_AT = 128;

/** What a command calls, by its number. */
export const COMMANDS = [
  'start',
  'wem_init',
  'wem_process',
  'wem_message',
  'wem_save',
  'wem_restore',
] as const;

/** The imports, by the number of a request. */
export const OPERATIONS = [
  'grant',
  'add',
  'modify',
  'remove',
  'read',
  'write',
  'set_timer',
  'cancel_timer',
  'publish',
  'subscribe',
  'unsubscribe',
  'log',
  'now',
] as const;

/**
 * The program of a guest's thread. It is passed to the thread as text, so that no bundler has to
 * find a file: it refers to nothing outside of itself but to its arguments.
 */
export function guestThread(
  data: GuestThreadData,
  writeSync: (fd: number, bytes: Uint8Array) => number,
  W: typeof WORDS,
  commands: readonly string[],
  operations: readonly string[],
  argumentsAt: number,
  bufferAt: number,
): void {
  const { module, shared, bell, bufferBytes, payloadBytes, abi } = data;
  const words = new Int32Array(shared, 0, 16);
  const numbers = new Float64Array(shared, argumentsAt, 8);
  const buffer = new Uint8Array(shared, bufferAt, bufferBytes);
  const payload = new Uint8Array(shared, bufferAt + bufferBytes, payloadBytes);
  const one = new Uint8Array(8);
  one[0] = 1;
  const EFAULT = -14;
  const EMSGSIZE = -90;
  let exports: Record<string, (...args: number[]) => number> = {};
  let memory: { readonly buffer: ArrayBuffer } = { buffer: new ArrayBuffer(0) };
  let address = 0;

  /** Has the host carry out an operation: what it answers. */
  const ask = (operation: string, args: number[]): number => {
    for (let i = 0; i < args.length; i += 1) numbers[i] = args[i]!;
    words[W.operation] = operations.indexOf(operation);
    const turn = Atomics.add(words, W.request, 1) + 1;
    writeSync(bell, one);
    while (Atomics.load(words, W.reply) !== turn) {
      Atomics.wait(words, W.reply, turn - 1);
    }
    return numbers[7]!;
  };
  const at = (from: number, length: number) => {
    const start = from >>> 0;
    const end = start + (length >>> 0);
    return end <= memory.buffer.byteLength ? new Uint8Array(memory.buffer, start, end - start) : 0;
  };
  /** Passes bytes of the guest's to the host: those of a text first. */
  const pass = (operation: string, ranges: number[], make: (places: number[]) => number[]) => {
    const places: number[] = [];
    let used = 0;
    for (let i = 0; i < ranges.length; i += 2) {
      const bytes = at(ranges[i]!, ranges[i + 1]!);
      if (bytes === 0) return EFAULT;
      if (used + bytes.length > payloadBytes) return EMSGSIZE;
      payload.set(bytes, used);
      places.push(used, bytes.length);
      used += bytes.length;
    }
    return ask(operation, make(places));
  };
  const plain =
    (operation: string) =>
    (...args: number[]) =>
      ask(operation, args);
  const imports = {
    ...Object.fromEntries(operations.map((name) => [name, plain(name)])),
    grant: (from: number, length: number) => pass('grant', [from, length], (p) => p),
    subscribe: (from: number, length: number) => pass('subscribe', [from, length], (p) => p),
    publish: (topic: number, topicLength: number, from: number, length: number) =>
      pass('publish', [topic, topicLength, from, length], (p) => p),
    log(level: number, from: number, length: number) {
      const shown = Math.min(length >>> 0, payloadBytes);
      pass('log', [from, shown], (p) => [level, ...p]);
    },
    write(handle: number, from: number, length: number) {
      if (at(from, length) === 0) return EFAULT;
      return pass('write', [from, Math.min(length >>> 0, payloadBytes)], (p) => [handle, ...p]);
    },
    read(handle: number, from: number, length: number) {
      const target = at(from, length);
      if (target === 0) return EFAULT;
      const result = ask('read', [handle, 0, Math.min(target.length, payloadBytes)]);
      if (result > 0) target.set(payload.subarray(0, result));
      return result;
    },
  };

  const guestBuffer = () => new Uint8Array(memory.buffer, address, bufferBytes);
  const start = (): number => {
    exports = new WebAssembly.Instance(module, { wem: imports }).exports as typeof exports;
    memory = exports.memory as unknown as typeof memory;
    exports['wem:start']?.();
    const version = exports.wem_abi!();
    if (version !== abi) return version;
    address = exports.wem_buffer!(bufferBytes) >>> 0;
    words[W.a] = address;
    const end = address + bufferBytes;
    if (address === 0 || address % 8 !== 0 || end > memory.buffer.byteLength) return -1;
    return version;
  };
  const call = (name: string): number => {
    if (name === 'start') return start();
    guestBuffer().set(buffer);
    const result = exports[name]!(words[W.a]!, words[W.b]!);
    if (name === 'wem_save') buffer.set(guestBuffer());
    return result;
  };

  for (let turn = 1; ; turn += 1) {
    while (Atomics.load(words, W.command) !== turn) Atomics.wait(words, W.command, turn - 1);
    words[W.failed] = 0;
    try {
      words[W.result] = call(commands[words[W.name]!]!);
    } catch (error) {
      const text = new TextEncoder().encode(String(error));
      buffer.set(text.subarray(0, 1_000));
      words[W.failed] = Math.min(text.length, 1_000);
    }
    words[W.memory] = memory.buffer.byteLength / 65_536;
    Atomics.store(words, W.done, turn);
    writeSync(bell, one);
  }
}
