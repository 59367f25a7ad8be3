import { STATE_DISARMED, STATE_PAUSED, STATUS_OK } from '../abi';
import { findSure } from './identity';
import { rewatch, silence } from './kernel-entry';
import { blank } from './ready-list';
import { registrationAt } from './registration';

/** Stops the events of a registration; interest, data and slot stay. */
export function pause(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = findSure(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (registration.is(STATE_PAUSED)) return STATUS_OK;
  const status = silence(registration, slot);
  if (status < 0) return status;
  // A one-shot event that was not handled yet is not lost: resuming arms it again.
  if (blank(registration)) registration.leave(STATE_DISARMED);
  registration.enter(STATE_PAUSED);
  return STATUS_OK;
}

/** Takes up where `pause` left off. A one-shot registration that had fired stays disarmed. */
export function resume(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = findSure(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (!registration.is(STATE_PAUSED)) return STATUS_OK;
  if (!registration.is(STATE_DISARMED)) {
    const status = rewatch(registration, slot, registration.interest);
    if (status < 0) return status;
  }
  registration.leave(STATE_PAUSED);
  return STATUS_OK;
}

/** Arms a one-shot registration again; any other has its present state reported anew. */
export function rearm(subscriber: u32, generation: u32, fd: i32): i32 {
  const slot = findSure(subscriber, generation, fd);
  if (slot < 0) return slot;
  const registration = registrationAt(slot);
  if (!registration.is(STATE_PAUSED)) {
    const status = rewatch(registration, slot, registration.interest);
    if (status < 0) return status;
  }
  registration.leave(STATE_DISARMED);
  return STATUS_OK;
}
