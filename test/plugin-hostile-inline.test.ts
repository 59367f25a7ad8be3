import { hostileSuite } from './fixtures/hostile-suite.js';

const test = hostileSuite('inline');

test.run();
