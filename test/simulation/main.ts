import { explore } from './campaign.js';

// `make simulate N=1000000 SEED=7`: programs from a seed on until so many operations were done.
const { N, SEED, KERNEL } = process.env;
const operations = Number(N || 1_000_000);
const seed = Number(SEED || Date.now() % 2 ** 31);
const kernel = KERNEL === 'real' ? 'real' : 'simulated';
console.log(`${operations} operations, seed ${seed}, ${kernel} kernel`);
const { done, programs, seconds, found } = await explore({ seed, operations, kernel });
const rate = Math.round(done / seconds);
console.log(
  `${done} operations in ${programs} programs, ${seconds.toFixed(1)} s, ${rate} a second`,
);
if (found) {
  console.log(`seed ${found.program.seed} disagrees; for test/regressions/:\n${found.text}`);
  console.log(found.reason);
  process.exitCode = 1;
}
