/**
 * One manager, six sources: three doorbells, a timer, a pipe that a second process writes to, and
 * the signal which that process sends. Everything happens on one thread, in blocking `run`s, and
 * ends by itself after about two seconds.
 */
import { spawn } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { EventFd, EventManager, EventSet, interest, pipe, TimerFd } from 'wasm-event-manager';

const TICKS = 8;
const started = performance.now();

function say(source: string, what: string): void {
  const ms = (performance.now() - started).toFixed(1).padStart(7);
  console.log(`${ms} ms  ${source.padEnd(10)} ${what}`);
}

using manager = new EventManager();

// Doorbells. Each handler rings the next, so that one press travels through all three.
let rings = 0;
const bells = ['red', 'green', 'blue'].map((name) => ({ name, eventFd: new EventFd() }));
bells.forEach(({ name, eventFd }, i) => {
  interest()
    .read()
    .withFd(eventFd)
    .withHandler(({ events, source }) => {
      say(`bell ${name}`, `${EventSet.format(events.eventSet)}, rung ${source.read()} time(s)`);
      rings += 1;
      bells[i + 1]?.eventFd.write();
    })
    .registerInto(manager);
});

// A timer that rings the first bell at every second tick.
let ticks = 0;
const timer = new TimerFd();
timer.set({ everyNs: 200e6 });
interest()
  .read()
  .withOwned(timer)
  .withHandler(({ source, registration }) => {
    ticks += Number(source.read());
    say('timer', `tick ${ticks} of ${TICKS}`);
    if (ticks % 2 === 0) bells[0]?.eventFd.write(BigInt(ticks));
    if (ticks === TICKS) registration.remove();
  })
  .registerInto(manager);

// A pipe, written to by a process of its own: its text arrives as IN, its end as HANG_UP.
const { reader, writer } = pipe();
const script = 'for word in one two three; do sleep 0.3; echo $word; done; kill -USR1 $PPID';
spawn('sh', ['-c', script], { stdio: ['ignore', writer.fd, 'inherit'] });
writer.close();
interest()
  .read()
  .withOwned(reader)
  .withHandler(({ events, source, registration }) => {
    const buffer = Buffer.alloc(64);
    const length = events.readable ? source.read(buffer) : 0;
    const text = length ? JSON.stringify(buffer.toString('utf8', 0, length)) : 'the end';
    say('pipe', `${EventSet.format(events.eventSet)}, ${text}`);
    if (!length) registration.remove();
  })
  .registerInto(manager);

// A signal ends the wait, and Node calls the listener once it gets its turn, between two runs.
let signalled = false;
process.on('SIGUSR1', () => {
  signalled = true;
  say('signal', 'SIGUSR1');
});

while (ticks < TICKS || rings < (TICKS / 2) * bells.length || !signalled || !reader.closed) {
  manager.runWithTimeout(5_000);
  await setImmediate();
  if (performance.now() - started > 10_000) throw new Error('the demo took too long');
}

const { perSubscriber, ...counters } = manager.metrics({ perSubscriber: true });
console.log('\nwhat the manager counted:');
for (const [name, value] of Object.entries(counters)) {
  if (value !== 0) console.log(`  ${name.padEnd(16)} ${value}`);
}
for (const { eventFd } of bells) eventFd.close();
