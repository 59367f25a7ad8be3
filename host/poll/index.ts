export type { SharedEpollSet } from './epoll-set.js';
export { Event, Events } from './events.js';
export { Interest } from './interest.js';
export { Poll } from './poll.js';
export { Registry, type Source } from './registry.js';
export { Token } from './token.js';
export { type SharedWaker, Waker } from './waker.js';
