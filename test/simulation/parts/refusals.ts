import { EventSet } from 'wasm-event-manager';
import type { MemberModel } from '../model/member.js';
import type { RegistrationModel } from '../model/registration.js';

const { EMPTY, IN, OUT, READ_HANG_UP, PRIORITY, EDGE_TRIGGERED, ONE_SHOT, EXCLUSIVE } = EventSet;
/** The last are refused. */
export const INTERESTS = [
  IN,
  OUT,
  EMPTY,
  IN | OUT,
  IN | READ_HANG_UP,
  (IN | EDGE_TRIGGERED) >>> 0,
  (IN | OUT | EDGE_TRIGGERED) >>> 0,
  (IN | OUT | READ_HANG_UP | EDGE_TRIGGERED) >>> 0,
  IN | ONE_SHOT,
  IN | OUT | ONE_SHOT,
  (IN | ONE_SHOT | EDGE_TRIGGERED) >>> 0,
  (IN | EXCLUSIVE) >>> 0,
  (IN | ONE_SHOT | EXCLUSIVE) >>> 0,
  (PRIORITY | EXCLUSIVE) >>> 0,
];
/** How many subscribers there are. */
export const MEMBERS = 3;

/** Whether the kernel's rules, and so the library's, refuse a set. */
export function isRefused(interest: number): boolean {
  const excluded = ONE_SHOT | PRIORITY | READ_HANG_UP;
  return (interest & EXCLUSIVE) !== 0 && (interest & excluded) !== 0;
}

/** Why a member may not do anything to a registration. */
export function refusal(member: MemberModel, registration?: RegistrationModel): string | undefined {
  if (member.left) return 'ERR_INVALID_ID';
  if (!registration) return 'ERR_NOT_REGISTERED';
  return registration.owner === member ? undefined : 'ERR_NOT_OWNER';
}
