/**
 * Prints what changes in a folder, until an entry named `stop` is made in it:
 * `node file-watcher.js FOLDER`.
 */
import { EventManager, Inotify, InotifyMask, interest } from 'wasm-event-manager';

const folder = process.argv[2] ?? '.';
const { CREATE, DELETE, MOVE, CLOSE_WRITE, ONLY_DIRECTORY } = InotifyMask;

using manager = new EventManager();
using inotify = new Inotify();
inotify.watch(folder, CREATE | DELETE | MOVE | CLOSE_WRITE | ONLY_DIRECTORY);

/** Where a rename came from, by its cookie, until its other half arrives. */
const origins = new Map<number, string>();

interest()
  .read()
  .withFd(inotify)
  .withHandler(({ source }) => {
    for (const { name = '', mask, cookie, overflow } of source.read() ?? []) {
      if (overflow) console.log('too much happened at once: look at the folder itself');
      else if ((mask & InotifyMask.MOVED_FROM) !== 0) origins.set(cookie, name);
      else if ((mask & InotifyMask.MOVED_TO) !== 0) {
        console.log(`RENAMED ${origins.get(cookie) ?? 'from elsewhere'} -> ${name}`);
        origins.delete(cookie);
      } else console.log(`${InotifyMask.format(mask)} ${name}`);
      if (name === 'stop') manager.stop();
    }
  })
  .registerInto(manager);

console.log(`watching ${folder}`);
manager.runForever();
