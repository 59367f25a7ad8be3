import { isMainThread } from 'node:worker_threads';
import { bindAll } from './calls.js';
import { openNodeLoop } from './node-loop.js';
import { guardOpenedFds } from './thread-end.js';

/*
 * A worker that is terminated while koffi makes something takes the process with it. So all that a
 * worker may need is made here, when it loads the library, and nothing is made later. Here it can
 * still happen: while koffi itself is being loaded, too.
 */
if (!isMainThread && process.platform === 'linux') {
  try {
    bindAll();
    guardOpenedFds();
    openNodeLoop();
  } catch {
    // Without koffi; whoever needs it is told then.
  }
}
