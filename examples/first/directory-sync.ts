/** Keeps a copy of a folder's files: `node directory-sync.js FROM TO`. SIGTERM ends it. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EventManager, Inotify, InotifyMask, interest } from 'wasm-event-manager';

const [from = '.', to = '/tmp/copy'] = process.argv.slice(2);
const manager = new EventManager();
const inotify = new Inotify();
inotify.watch(from, InotifyMask.CLOSE_WRITE | InotifyMask.MOVE | InotifyMask.DELETE);
interest()
  .read()
  .withOwned(inotify)
  .withHandler(() => {
    for (const { name, mask } of inotify.read() ?? []) {
      if (name === undefined) continue;
      const gone = (mask & (InotifyMask.DELETE | InotifyMask.MOVED_FROM)) !== 0;
      if (gone) rmSync(join(to, name), { force: true });
      else copyFileSync(join(from, name), join(to, name));
      console.log(gone ? 'removed' : 'copied', name);
    }
  })
  .registerInto(manager);
manager.attach();
console.log('watching');
process.once('SIGTERM', () => manager.close());
