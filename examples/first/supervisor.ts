/** Starts a program again whenever it fails, later each time: `node supervisor.js COMMAND …`. */
import { spawn } from 'node:child_process';
import { EventManager, PidFd } from 'wasm-event-manager';
import { LiveClock } from 'wasm-event-manager/clock';

const [command = 'false', ...args] = process.argv.slice(2);
const manager = new EventManager();
const clock = new LiveClock(manager);
manager.attach();
let delayMs = 10;

async function start(): Promise<void> {
  const child = spawn(command, args, { stdio: 'inherit' });
  const pidFd = new PidFd(child.pid!);
  const { code, signal } = await pidFd.exit(manager);
  pidFd.close();
  console.log('ended with', signal ?? code);
  if (code === 0 || delayMs > 40) return manager.close();
  clock.alertAt(clock.timestampNs() + BigInt(delayMs * 1e6), start);
  delayMs *= 2;
}

await start();
