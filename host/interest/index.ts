export {
  type HandlerContext,
  Interest,
  type InterestHandler,
  type InterestSource,
  InterestWithFd,
  InterestWithHandler,
  interest,
} from './builder.js';
export type { Registration } from './registration.js';
