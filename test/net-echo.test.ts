import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { EventManager, PidFd } from 'wasm-event-manager';
import { type StreamHandlers, TcpListener, type TcpStream } from 'wasm-event-manager/net';

const CONNECTIONS = 1_000;
const MESSAGES = 1_000;
const RESETS = CONNECTIONS / 25;
const LIMIT_MS = 60_000;
const load = fileURLToPath(new URL('./net/load.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'net-echo-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const openSockets = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:');
    } catch {
      // The fd of the folder itself.
      return false;
    }
  }).length;

const echo: StreamHandlers<TcpStream> = {
  onData: (bytes, stream) => {
    if (!stream.write(bytes)) stream.pause();
  },
  onDrain: (stream) => void stream.resume(),
  onError: () => {},
};

for (const mode of ['level', 'edge']) {
  const title = `P10: ${CONNECTIONS} connections × ${MESSAGES} messages come back whole (${mode})`;
  test(title, () => {
    const report = join(folder, `${mode}.json`);
    // Stdio is opened before, as Node keeps some fds for good when it first starts a child.
    const output = openSync(report, 'w');
    const edgeTriggered = mode === 'edge';
    const manager = new EventManager();
    const listener = TcpListener.listen(
      manager,
      { host: '127.0.0.1', edgeTriggered, highWaterMark: 16_384 },
      () => echo,
    );
    const { port } = listener.address;
    const args = [load, port, CONNECTIONS, MESSAGES, mode].map(String);
    const child = spawn(process.execPath, args, { stdio: ['ignore', output, 'inherit'] });
    const before = openSockets();
    const pidFd = new PidFd(child.pid!);
    let ended = false;
    void pidFd.exit(manager);
    const deadline = performance.now() + LIMIT_MS;
    while (!ended && performance.now() < deadline) {
      manager.runWithTimeout(500);
      ended = pidFd.status() !== null;
    }
    // What the last resets left behind.
    while (listener.connections > 0 && performance.now() < deadline) manager.runWithTimeout(100);
    const counted = JSON.parse(readFileSync(report, 'utf8') || '{}');
    assert.equal(pidFd.status(), { code: 0, signal: null }, JSON.stringify(counted));
    assert.is(counted.completed, CONNECTIONS - RESETS);
    assert.is(counted.reset, RESETS);
    assert.is(counted.messages, (CONNECTIONS - RESETS) * MESSAGES);
    assert.is(counted.errors, 0);
    assert.is(listener.accepted, CONNECTIONS);
    assert.is(listener.connections, 0);
    pidFd.close();
    assert.is(openSockets(), before, 'every connection is closed');
    manager.close();
    assert.ok(listener.closed);
  });
}

test.run();
