export { Interest, InterestWithFd, InterestWithHandler, interest } from './builder.js';
export type {
  EndReason,
  HandlerContext,
  InterestHandler,
  InterestSource,
  Registration,
} from './registration.js';
