/**
 * A news collector whose parts are written in several languages: JavaScript collects the headlines
 * and, read-only, keeps an audit; WebAssembly averages the scores; C counts the minutes; and an
 * archive lives in another thread. News come in as lines through a pipe, as from another process;
 * a test clock makes the minutes pass.
 *
 * C takes a compiler, `gcc`; without one that part is left out, and says so.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import koffi from 'koffi';
import { EventManager, EventSet, Events, pipe } from 'wasm-event-manager';
import { MessageBus } from 'wasm-event-manager/bus';
import { TestClock } from 'wasm-event-manager/clock';
import { js, type Message, native, remote, subscriberOf, wasm } from 'wasm-event-manager/handlers';

interface News {
  headline: string;
  score: number;
}

const MINUTE = 60_000_000_000n;
const NEWS: News[] = [
  { headline: 'Harvest above expectations', score: 4 },
  { headline: 'Port closed by a storm', score: -3 },
  { headline: 'Rates unchanged', score: 0.5 },
];

/*
 * (module
 *   (global $sum (mut f64) (f64.const 0))
 *   (global $count (mut f64) (f64.const 0))
 *   (func (export "onScore") (param f64)
 *     (global.set $sum (f64.add (global.get $sum) (local.get 0)))
 *     (global.set $count (f64.add (global.get $count) (f64.const 1))))
 *   (func (export "average") (result f64)
 *     (f64.div (global.get $sum) (global.get $count))))
 */
const AVERAGE =
  'AGFzbQEAAAABCQJgAXwAYAABfAMDAgABBhkCfAFEAAAAAAAAAAALfAFEAAAAAAAAAAALBxUCB29uU2NvcmUAAAdh' +
  'dmVyYWdlAAEKIQIXACMAIACgJAAjAUQAAAAAAADwP6AkAQsHACMAIwGjCw==';

/** In C: counts the minutes that it is told of. */
const MINUTES = `
  #include "wasm_event_manager.h"
  void on_minute(const struct wem_event *event, void *user_data) {
      if (event->kind == WEM_TIME) *(uint32_t *)user_data += 1;
  }`;

/** A worker that keeps what it is posted, and tells how much that was when it is asked. */
const ARCHIVE = `
  const { parentPort } = require('node:worker_threads');
  const kept = [];
  parentPort.on('message', (event) => {
    if (event === 'end') parentPort.postMessage(kept.length), process.exit();
    else kept.push(event.message.headline);
  });`;

/** The C function, compiled and loaded: its handler, and the count that it keeps. */
function compileMinutes() {
  const folder = mkdtempSync(join(tmpdir(), 'news-'));
  try {
    const [source, library] = [join(folder, 'minutes.c'), join(folder, 'minutes.so')];
    writeFileSync(source, MINUTES);
    const headers = join(fileURLToPath(import.meta.resolve('wasm-event-manager/handlers.h')), '..');
    const options = ['-shared', '-fPIC', '-I', headers, '-o', library, source];
    execFileSync('gcc', options, { stdio: ['ignore', 'ignore', 'inherit'] });
    const count = new Uint32Array(1);
    const symbol = koffi.load(library).symbol('on_minute', 'void *');
    const handler = native(koffi.address(symbol), { userData: koffi.address(count) });
    return { handler, count };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

using manager = new EventManager();
const bus = new MessageBus(manager);
const clock = new TestClock();
const feed = pipe();
const archive = new Worker(ARCHIVE, { eval: true });

// JavaScript: from the pipe to the bus. It has the right to change things.
const buffer = Buffer.alloc(4_096);
const onFeed = js<Events, { remove(events: Events): void }>((events, ops) => {
  const length = feed.reader.read(buffer);
  if (!length) {
    ops.remove(events);
    return;
  }
  for (const line of buffer.toString('utf8', 0, length).trim().split('\n')) {
    const news = JSON.parse(line) as News;
    bus.publish('news.wire', news);
    bus.publish('scores', news.score);
  }
});
manager.addSubscriber(subscriberOf(onFeed, [new Events(feed.reader, EventSet.IN)]));

const headlines: string[] = [];
bus.subscribe(
  'news.*',
  js<Message<News>>(({ message }) => headlines.push(message.headline)),
);

// JavaScript again, read-only: what it does to its copy reaches nobody.
let audited = 0;
const audit = js<Message<News>>(
  ({ topic, message }) => {
    message.headline = 'audited';
    audited += topic.startsWith('news') ? 1 : 0;
  },
  { readOnly: true },
);
bus.subscribe('news.*', audit, { priority: 1 });

const average = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(AVERAGE, 'base64')));
bus.subscribe('scores', wasm(average, 'onScore'));

bus.subscribe('news.*', remote(archive));

const hasCompiler = spawnSync('gcc', ['--version']).status === 0;
const minutes = hasCompiler ? compileMinutes() : undefined;
if (minutes) clock.setTimer('minute', MINUTE, { handler: minutes.handler });

for (const news of NEWS) feed.writer.write(`${JSON.stringify(news)}\n`);
feed.writer.close();
while (manager.metrics().registrations > 0 || bus.counters.queued > 0)
  manager.runWithTimeout(1_000);
clock.advanceTime(3n * MINUTE);

console.log(`js         ${headlines.join(', ')}`);
console.log(`read-only  ${audited} audited`);
console.log(`wasm       ${(average.exports.average as () => number)()} on average`);
console.log(`native     ${minutes ? `${minutes.count[0]} minutes` : 'SKIPPED: there is no gcc'}`);
archive.once('message', (kept) => console.log(`remote     ${kept} archived`));
archive.postMessage('end');
feed.reader.close();
