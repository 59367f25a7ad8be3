/**
 * Keeps a command running: `node supervisor.js COMMAND [ARGUMENT…]`. When it fails it is started
 * again, later each time; when it ends well, so does this. SIGTERM and SIGINT are passed on; SIGHUP
 * restarts it. A pidfd, a timerfd and the signals are three sources of one manager.
 *
 * The signals come by a SignalRelay, since Node's threads leave no signal to a signalfd (see
 * SignalFd).
 */
import { spawn } from 'node:child_process';
import { EventManager, interest, PidFd, SignalRelay, TimerFd } from 'wasm-event-manager';

const RESTARTS_MAX = 5;
const FIRST_DELAY_NS = 50e6;
const [command = 'false', ...args] = process.argv.slice(2);

const manager = new EventManager();
const delay = new TimerFd();
const signals = new SignalRelay(['SIGTERM', 'SIGINT', 'SIGHUP']);
let running: PidFd | undefined;
let restarts = 0;
let ending = false;

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
      // Before Linux 6.15 the status is gone once Node has reaped the child, but then Node knows.
      const status = source.status();
      const [code, signal] = [status?.code ?? child.exitCode, status?.signal ?? child.signalCode];
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
  attachment.detach();
  signals.close();
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

const attachment = manager.attach();
start();
