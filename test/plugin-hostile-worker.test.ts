import { hostileSuite } from './fixtures/hostile-suite.js';

const test = hostileSuite('worker');

test.run();
