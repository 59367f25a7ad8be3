import { EventManagerError } from '../contract/index.js';

export interface DeliveryBounds {
  depthMax: number;
  queueMax: number;
}

export function tooDeep(depthMax: number): EventManagerError {
  return new EventManagerError(
    'ERR_PUBLISH_TOO_DEEP',
    `${depthMax} levels of messages that handlers sent in answer to messages: ` +
      'do two of them answer each other for ever? Else raise `depthMax`',
  );
}

export function queueFull(queueMax: number): EventManagerError {
  return new EventManagerError(
    'ERR_QUEUE_FULL',
    `${queueMax} messages wait for their delivery: publish less at a time, let the manager ` +
      'have its turns, or raise `queueMax`',
  );
}
