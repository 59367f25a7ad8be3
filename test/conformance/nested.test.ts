import * as assert from 'uvu/assert';
import { EPOLL_CTL_ADD, EPOLLIN } from '../../assembly/abi.js';
import { everywhere, type Setting } from '../fixtures/configurations.js';

const MOST = 4;
const BYTES_MAX = 16;

/** The slots of what an epoll instance reports, in its order. */
function reported({ kernel }: Setting, epfd: number): number[] {
  const { syscalls } = kernel;
  const { eventSize } = syscalls;
  const bytes = new Uint8Array(MOST * BYTES_MAX);
  const count = syscalls.wait(epfd, { bytes }, 0, MOST, 0);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: count }, (_, i) => view.getUint32((i + 1) * eventSize - 8, true));
}

everywhere('an epoll instance that another watches', (test) => {
  test('asked, it lets go of what is ready no more, and reports that last anew', (setting) => {
    const { kernel } = setting;
    const { syscalls } = kernel;
    const [inner, outer] = [syscalls.create(), syscalls.create()];
    const [one, other] = [kernel.eventfd(), kernel.eventfd()];
    for (const [i, fd] of [one, other].entries())
      assert.is(syscalls.ctl(inner, EPOLL_CTL_ADD, fd, EPOLLIN, i + 1, 0), 0);
    assert.is(syscalls.ctl(outer, EPOLL_CTL_ADD, inner, EPOLLIN, 9, 0), 0);
    assert.equal(reported(setting, outer), []);
    kernel.ring(one);
    kernel.ring(other);
    assert.equal(reported(setting, outer), [9]);
    kernel.readCounter(one);
    assert.equal(reported(setting, outer), [9], 'the other is ready still');
    kernel.ring(one);
    assert.equal(reported(setting, inner), [2, 1]);
    kernel.readCounter(one);
    kernel.readCounter(other);
    assert.equal(reported(setting, outer), []);
    assert.equal(reported(setting, inner), []);
    for (const fd of [outer, inner]) syscalls.close(fd);
  });
});
