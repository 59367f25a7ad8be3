export { Share } from './share.js';
export { Sharing } from './sharing.js';
