import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { epollOver, loadComponent, type Reactor, type WaitRequest } from './component-host.js';
import type { ComponentKernel } from './component-kernels.js';

export const OPTIONS = { capacity: 16, capacityMax: 64, staleMax: 3, retryOnInterrupt: false };
export const NOW = 0n;

export const instantiate = await loadComponent();

/** One open reactor over one kernel, with a record of the waits. */
export class Fixture {
  readonly waits: WaitRequest[] = [];
  /** Called before each wait; an errno that it answers is what the wait fails with. */
  onWait: () => number = () => 0;
  readonly reactor: Reactor;
  readonly kernel: ComponentKernel;

  constructor(kernel: ComponentKernel, options: Partial<typeof OPTIONS> = {}) {
    this.kernel = kernel;
    const epoll = epollOver(kernel.syscalls, (request) => {
      this.waits.push(request);
      return this.onWait();
    });
    this.reactor = instantiate(epoll);
    this.reactor.open({ ...OPTIONS, ...options });
  }

  /** The data of what is ready now. */
  poll(): number[] {
    return this.reactor.wait(NOW).map(({ data }) => data);
  }
}

/** Expects the `err` of a result, by the name of its case. */
export function fails(tag: string, call: () => unknown, errno?: number): void {
  try {
    call();
  } catch (error) {
    const expected = errno === undefined ? { tag } : { tag, val: errno };
    assert.equal({ ...(error as { payload: object }).payload }, expected);
    return;
  }
  assert.unreachable(`expected ${tag}`);
}

interface Context {
  kernel: ComponentKernel;
  fixture: Fixture;
}

/** A suite whose tests get a new kernel each, and a reactor over it. */
export function componentSuite(name: string, create: () => ComponentKernel) {
  const test = suite<Context>(`${name}, ${create.name} kernel`);
  test.before.each((context) => {
    context.kernel = create();
    context.fixture = new Fixture(context.kernel);
  });
  test.after.each(({ kernel, fixture }) => {
    // Not there when the hook before failed, and what is thrown here uvu doesn't tell.
    fixture?.reactor.close();
    kernel?.closeAll();
  });
  return test;
}
