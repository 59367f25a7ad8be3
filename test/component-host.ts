import { readFileSync } from 'node:fs';
import { transpile } from '@bytecodealliance/jco';
import { monotonicClock } from '@bytecodealliance/preview2-shim/clocks';
import type { Syscalls } from 'wasm-event-manager';
import type * as ReactorModule from '../wit/types/interfaces/wasm-event-manager-reactor-reactor.js';
import type { ImportObject, instantiate } from '../wit/types/reactor.js';

/** A host of the component: transpiled once by jco, with some `Syscalls` behind its imports. */

export type Reactor = typeof ReactorModule;
type Epoll = ImportObject['wasm-event-manager:reactor/epoll@0.1.0'];

const NANOSECONDS_PER_MILLISECOND = 1e6;

export const componentFile = new URL('../../dist/component.wasm', import.meta.url);

/** Makes instances of the component, each with system calls of its own. */
export async function loadComponent(): Promise<(epoll: Epoll) => Reactor> {
  const component = readFileSync(componentFile);
  const { files } = await transpile(component, { name: 'reactor', instantiation: 'sync' });
  const script = Buffer.from(files['reactor.js']!).toString('base64');
  const transpiled = (await import(`data:text/javascript;base64,${script}`)) as {
    instantiate: typeof instantiate;
  };
  const getCoreModule = (name: string) =>
    new WebAssembly.Module(files[name] as Uint8Array<ArrayBuffer>);
  return (epoll) => {
    const imports: ImportObject = {
      'wasi:clocks/monotonic-clock@0.2.0': monotonicClock,
      'wasm-event-manager:reactor/epoll@0.1.0': epoll,
    };
    return transpiled.instantiate(getCoreModule, { ...imports, ...unversioned(imports) }).reactor;
  };
}

/** jco's typings have the versions in the imports' names, and its code looks for them without. */
function unversioned(imports: ImportObject): object {
  const named = Object.entries(imports);
  return Object.fromEntries(named.map(([name, value]) => [name.replace(/@.*$/, ''), value]));
}

/** What one call of `wait` was asked for. Answering an errno keeps it from the kernel. */
export interface WaitRequest {
  maxEvents: number;
  timeout: bigint | undefined;
}

/** The WIT's `epoll` over `Syscalls`. */
export function epollOver(
  syscalls: Syscalls,
  onWait: (request: WaitRequest) => number = () => 0,
): Epoll {
  return {
    create: () => syscalls.create(),
    ctl: (...call) => syscalls.ctl(...call),
    close: (epfd) => syscalls.close(epfd),
    wait(epfd, maxEvents, timeout) {
      const errno = onWait({ maxEvents, timeout });
      if (errno !== 0) throw failure(errno);
      const bytes = new Uint8Array(maxEvents * syscalls.eventSize);
      const timeoutMs = timeout === undefined ? -1 : Number(timeout) / NANOSECONDS_PER_MILLISECOND;
      const received = syscalls.wait(epfd, { bytes }, 0, maxEvents, timeoutMs);
      if (received < 0) throw failure(-received);
      return decode(new DataView(bytes.buffer), received, syscalls.eventSize);
    },
  };
}

/** jco makes the `err` of a result of an exception's payload. */
function failure(errno: number): Error {
  return Object.assign(new Error(`epoll_wait: errno ${errno}`), { payload: errno });
}

function decode(view: DataView, count: number, eventSize: number) {
  return Array.from({ length: count }, (_, index) => {
    const at = index * eventSize;
    const data = at + eventSize - 8;
    return {
      events: view.getUint32(at, true),
      slot: view.getUint32(data, true),
      generation: view.getUint32(data + 4, true),
    };
  });
}
