/**
 * The core module: what JavaScript calls. A core keeps the tables of a manager, the timers of a
 * clock, or the topics of a bus; what it isn't asked for takes no memory.
 */

export { allocateText } from './bus/topic-text';
export {
  addPattern,
  addTopic,
  matchedSlots,
  matchPatterns,
  matchTopics,
  removePattern,
  removeTopic,
} from './bus/topics';
export { cancelTimer, moveTimer, nextTimer, setTimer, timerCount } from './clock/timers';
export { used as memoryUsed } from './memory/memory';
export { pause, rearm, resume } from './tables/arming';
export { dismissEvicted, evicted } from './tables/eviction';
export { calmAll, haunt, isHaunted, slotOf } from './tables/fd-index';
export { askWhoseNumber, disown, find, vouch } from './tables/identity';
export { initialize } from './tables/initialize';
export { gone } from './tables/kernel-entry';
export { add, drop, modify, remove, removeSubscriber } from './tables/ops';
export {
  discarded,
  ghosts,
  header,
  readyCapacity,
  received,
  stale,
  takeGhost,
  withdrawn,
} from './tables/ready-list';
export { rebuild } from './tables/rebuild';
export { registrationAt, registrationCount } from './tables/registration';
export {
  allocateSubscriber,
  generationOf,
  referencedCount,
  setReferenced,
  subscriberCount,
  watchListOf,
} from './tables/subscriber-table';
export { wait } from './tables/wait';
