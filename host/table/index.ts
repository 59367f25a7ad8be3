export { Membership, type Recipient } from './member.js';
export type { RegistrationEntry, Watched } from './record.js';
export { Roster } from './roster.js';
export { Registry } from './table.js';
