import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdoptedFd,
  EventFd,
  Inotify,
  InotifyMask,
  interest,
  PidFd,
  pipe,
  SignalFd,
  TimerFd,
} from 'wasm-event-manager';
import type { Scenario } from './stage.js';

/** An eventfd, a clone of it, and one that begins with more than 32 bits. */
export const eventFds: Scenario = async (stage) => {
  const bell = stage.own(new EventFd());
  const clone = stage.own(bell.clone());
  const large = stage.own(new EventFd(2n ** 40n));
  clone.write(2);
  const read = stage.told(bell.read(), null) && bell.read() === null;
  return read && stage.told(large.read(), null);
};

/** A timerfd in a manager. */
export const timerFds: Scenario = async (stage) => {
  const manager = stage.manager();
  const timer = stage.own(new TimerFd());
  let fired = 0;
  const handler = ({ source }: { source: TimerFd }) => {
    if (source.read() !== null) fired += 1;
  };
  interest().read().withFd(timer).withHandler(handler).registerInto(manager);
  timer.set({ afterNs: 1e12 });
  if (timer.remainingNs() === 0n) return false;
  timer.set({ afterNs: 1e6 });
  await stage.until(manager, () => fired === 1);
  timer.clear();
  return fired === 1;
};

/** A process: a signal, its end, how it ended. */
export const processes: Scenario = async (stage) => {
  const manager = stage.manager();
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  stage.own({ close: () => void child.kill('SIGKILL') });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.unref();
  try {
    const process = stage.own(new PidFd(child.pid!));
    let signal: unknown;
    const note = (error: unknown) => stage.note('rejected', error);
    process.exit(manager).then((status) => {
      signal = status.signal;
    }, note);
    if (process.status() !== null || !stage.told(process.kill('SIGTERM'), false)) return false;
    await stage.until(manager, () => signal !== undefined);
    // Node reaps it too: who comes second may not learn how it ended.
    return signal === 'SIGTERM' || signal === null;
  } finally {
    child.kill('SIGKILL');
    await gone;
  }
};

/** Changes of a file. */
export const changes: Scenario = async (stage) => {
  const manager = stage.manager();
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  stage.own({ close: () => rmSync(folder, { recursive: true }) });
  const inotify = stage.own(new Inotify());
  const watch = inotify.watch(folder, InotifyMask.CREATE);
  let names = 0;
  const handler = ({ source }: { source: Inotify }) => {
    names += source.read()?.filter(({ name }) => name === 'made').length ?? 0;
  };
  interest().read().withFd(inotify).withHandler(handler).registerInto(manager);
  writeFileSync(join(folder, 'made'), '');
  await stage.until(manager, () => names === 1);
  inotify.unwatch(watch);
  return names === 1;
};

/** A signalfd of no signal: Node's threads allow no other. */
export const signals: Scenario = async (stage) => {
  const fd = stage.own(new SignalFd([]));
  return fd.read() === null;
};

/** A pipe, and one whose writer's file is blocking. */
export const pipes: Scenario = async (stage) => {
  const { reader, writer } = pipe();
  stage.own(reader);
  stage.own(writer);
  const other = pipe({ blocking: 'writer' });
  stage.own(other.reader);
  stage.own(other.writer);
  const bytes = Buffer.alloc(8);
  for (const [from, to] of [[writer, reader] as const, [other.writer, other.reader] as const]) {
    if (!stage.told(from.write('ping'), null) || !stage.told(to.read(bytes), null)) return false;
  }
  return bytes.toString('utf8', 0, 4) === 'ping';
};

/** A file that is opened, shared by a dup, and handed back as it was. */
export const adopted: Scenario = async (stage) => {
  const { reader, writer } = pipe({ blocking: 'writer' });
  stage.own(reader);
  stage.own(writer);
  const zeros = stage.own(AdoptedFd.open('/dev/zero', 'r'));
  const dup = stage.own(zeros.dup());
  const end = new AdoptedFd(writer.fd);
  // Its fd is the pipe's: it is handed back, and not closed.
  stage.own({ close: () => void end.release() });
  const bytes = new Uint8Array(4).fill(7);
  if (!stage.told(dup.read(bytes), null) || !stage.told(end.write('x'), null)) return false;
  return bytes[0] === 0 && stage.told(reader.read(bytes), null);
};
