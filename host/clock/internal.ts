export { Clock } from './clock.js';
export { LiveClock } from './live-clock.js';
