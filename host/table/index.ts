export { BoundEventOps } from './event-ops.js';
export { Member, type StandIn } from './member.js';
export type { TableOptions } from './options.js';
export type { RegistrationRecord, ShareRecord, Watched } from './record.js';
export { Roster } from './roster.js';
export { Table } from './table.js';
