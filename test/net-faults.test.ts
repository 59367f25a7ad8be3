import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

// Each system call of the sockets, made to fail with each errno that its manual page has for us.
const FAULTS: Record<string, string[]> = {
  accept4: 'ENOMEM ENOBUFS EMFILE ENFILE ECONNABORTED EPERM EPROTO EINTR EINVAL'.split(' '),
  recvfrom: 'EINTR ENOMEM ECONNRESET ENOTCONN'.split(' '),
  sendto: 'EAGAIN EINTR ENOMEM ENOBUFS EPIPE ECONNRESET'.split(' '),
  connect: 'EINTR ECONNREFUSED EADDRNOTAVAIL EPERM ENETUNREACH ETIMEDOUT'.split(' '),
  socket: 'EMFILE ENFILE ENOBUFS ENOMEM'.split(' '),
  socketpair: ['EMFILE', 'ENFILE'],
  bind: ['EADDRINUSE', 'EACCES', 'ENOMEM'],
  listen: ['EADDRINUSE'],
  shutdown: ['EINVAL', 'ENOBUFS'],
  setsockopt: ['ENOMEM', 'EINVAL'],
  getsockopt: ['ENOBUFS', 'EINVAL'],
  getsockname: ['ENOBUFS'],
  timerfd_create: ['EMFILE', 'ENOMEM'],
};
/** The first call and every seventh, and so on: in each round of the program another one. */
const WHEN = ['1+7', '2+11'];
const AT_ONCE = 2;
const LIMIT_MS = 60_000;
const program = fileURLToPath(new URL('./net/faults.js', import.meta.url));

const cases = Object.entries(FAULTS).flatMap(([call, errors]) =>
  errors.flatMap((error) => WHEN.map((when) => [call, error, when] as const)),
);

function inject(call: string, error: string, when: string): Promise<string> {
  const what = `inject=${call}:error=${error}:when=${when}`;
  const args = ['-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', what];
  return new Promise((done) => {
    const child = spawn('strace', [...args, process.execPath, program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => done(code === 0 ? '' : `${what}: ${code} ${output}`));
  });
}

const strace = spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']);
if (strace.status !== 0) {
  console.log('SKIPPED S44 injected faults: there is no strace that may trace');
  test.skip('S44 whatever call fails, with whatever errno: streams close in order', () => {});
} else {
  test('S44 whatever call fails, with whatever errno: streams close in order', async () => {
    const plain = spawnSync(process.execPath, [program], { encoding: 'utf8', timeout: LIMIT_MS });
    assert.is(plain.status, 0, plain.stdout + plain.stderr);
    const queue = [...cases];
    const failures: string[] = [];
    const work = async () => {
      for (let next = queue.shift(); next; next = queue.shift()) {
        const failure = await inject(...next);
        if (failure) failures.push(failure);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    assert.equal(failures, []);
  });
}

test.run();
