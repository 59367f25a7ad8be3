/**
 * Keeps a command running: `node supervisor.js COMMAND [ARGUMENT…]`. When it fails it is started
 * again, later each time; when it ends well, so does this. SIGTERM and SIGINT are passed on; SIGHUP
 * restarts it. A pidfd, a timerfd and the signals are three sources of one manager.
 *
 * The signals come by a SignalRelay, since Node's threads leave no signal to a signalfd (see
 * SignalFd). A signal interrupts `run`, and Node takes note of it between two runs.
 */
import { spawn } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { EventManager, interest, PidFd, SignalRelay, TimerFd } from 'wasm-event-manager';

const RESTARTS_MAX = 5;
const FIRST_DELAY_NS = 50e6;
const [command = 'false', ...args] = process.argv.slice(2);

using manager = new EventManager();
using delay = new TimerFd();
using signals = new SignalRelay(['SIGTERM', 'SIGINT', 'SIGHUP']);
let running: PidFd | undefined;
let restarts = 0;
let ending = false;
let done = false;

function start(): void {
  const child = spawn(command, args, { stdio: 'inherit' });
  child.on('error', (error) => console.error(error.message));
  if (child.pid === undefined) {
    finish(127);
    return;
  }
  console.log(`started ${command}, pid ${child.pid}`);
  running = new PidFd(child.pid);
  interest()
    .read()
    .withOwned(running)
    .withHandler(({ source, registration }) => {
      const { code, signal } = source.status()!;
      registration.remove();
      running = undefined;
      console.log(`pid ${source.pid} ended: ${signal ?? `code ${code}`}`);
      ended(code ?? 1);
    })
    .registerInto(manager);
}

function ended(code: number): void {
  if (ending || code === 0 || restarts === RESTARTS_MAX) {
    finish(code);
    return;
  }
  delay.set({ afterNs: FIRST_DELAY_NS * 2 ** restarts });
  restarts += 1;
}

function finish(code: number): void {
  done = true;
  process.exitCode = ending ? 0 : code;
}

interest()
  .read()
  .withFd(delay)
  .withHandler(({ source }) => {
    source.read();
    start();
  })
  .registerInto(manager);

interest()
  .read()
  .withFd(signals)
  .withHandler(({ source }) => {
    for (let signal = source.read(); signal !== null; signal = source.read()) {
      console.log(`got ${signal}`);
      if (signal !== 'SIGHUP') ending = true;
      if (running) running.kill('SIGTERM');
      else if (ending) finish(0);
    }
  })
  .registerInto(manager);

start();
while (!done) {
  manager.run();
  // Twice, since the first may come before Node has looked for signals.
  await setImmediate();
  await setImmediate();
}
