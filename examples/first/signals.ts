/** Reads its settings anew at SIGHUP, and ends at SIGTERM. */
import { EventManager, interest, SignalRelay } from 'wasm-event-manager';

const manager = new EventManager();
let readings = 0;

interest()
  .read()
  .withOwned(new SignalRelay(['SIGHUP', 'SIGTERM']))
  .withHandler(({ source }) => {
    for (let signal = source.read(); signal !== null; signal = source.read()) {
      if (signal === 'SIGTERM') return manager.close();
      readings += 1;
      console.log('read the settings', readings);
    }
  })
  .withName('signals')
  .registerInto(manager);
manager.attach();
console.log('ready', process.pid);
