import { STATE_DISARMED, STATE_PAUSED } from '../../assembly/abi.js';
import {
  checkData,
  checkEventSet,
  EventManagerError,
  type EventSet,
  fdOf,
  invalidType,
} from '../contract/index.js';

/**
 * A snapshot is a header and a record for each registration; all numbers are little-endian.
 *
 *   0        4         6             8       12
 *   +--------+---------+-------------+-------+
 *   | 'WEMS' | version | record size | count |
 *   +--------+---------+-------------+-------+
 *
 *   0               8    12         16     20      24
 *   +---------------+----+----------+------+-------+
 *   | subscriber id | fd | interest | data | flags |
 *   +---------------+----+----------+------+-------+
 */
const MAGIC = 0x534d4557;
const VERSION = 1;
const HEADER_BYTES = 12;
const RECORD_BYTES = 24;
const PAUSED = 1;
const SHARED = 2;

/** A registration, apart from the manager it was made in. */
export interface SnapshotEntry {
  /** Who has made it: a subscriber's id in the manager of the snapshot. */
  readonly id: number;
  readonly fd: number;
  readonly interest: EventSet;
  readonly data: number;
  /** Paused, or a one-shot that has fired: it is silent until it is resumed. */
  readonly paused: boolean;
  readonly shared: boolean;
}

/** Whether a registration in such a state is to be silent where it is restored. */
export function isSilent(state: number): boolean {
  return (state & (STATE_PAUSED | STATE_DISARMED)) !== 0;
}

export function encodeSnapshot(entries: readonly SnapshotEntry[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(HEADER_BYTES + entries.length * RECORD_BYTES));
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, VERSION, true);
  view.setUint16(6, RECORD_BYTES, true);
  view.setUint32(8, entries.length, true);
  entries.forEach(({ id, fd, interest, data, paused, shared }, i) => {
    const at = HEADER_BYTES + i * RECORD_BYTES;
    view.setBigUint64(at, BigInt(id), true);
    view.setInt32(at + 8, fd, true);
    view.setUint32(at + 12, interest, true);
    view.setUint32(at + 16, data, true);
    view.setUint32(at + 20, (paused ? PAUSED : 0) | (shared ? SHARED : 0), true);
  });
  return new Uint8Array(view.buffer);
}

/** @throws ERR_INVALID_SNAPSHOT, TypeError */
export function decodeSnapshot(snapshot: unknown): SnapshotEntry[] {
  if (!(snapshot instanceof Uint8Array)) {
    throw invalidType('A snapshot', 'a Uint8Array', snapshot);
  }
  const view = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
  if (view.byteLength < HEADER_BYTES || view.getUint32(0, true) !== MAGIC) {
    throw invalid('it does not begin as one');
  }
  const [version, size] = [view.getUint16(4, true), view.getUint16(6, true)];
  if (version !== VERSION || size !== RECORD_BYTES) {
    throw invalid(`it is of version ${version}, and this library reads version ${VERSION}`);
  }
  const count = view.getUint32(8, true);
  const length = HEADER_BYTES + count * RECORD_BYTES;
  if (view.byteLength !== length) {
    throw invalid(`it should have ${length} bytes, and has ${view.byteLength}`);
  }
  return Array.from({ length: count }, (_, i) => decodeRecord(view, i));
}

function decodeRecord(view: DataView, index: number): SnapshotEntry {
  const at = HEADER_BYTES + index * RECORD_BYTES;
  const flags = view.getUint32(at + 20, true);
  const id = Number(view.getBigUint64(at, true));
  try {
    if (!Number.isSafeInteger(id) || flags > (PAUSED | SHARED)) throw new RangeError('no record');
    return {
      id,
      fd: fdOf(view.getInt32(at + 8, true)),
      interest: checkEventSet(view.getUint32(at + 12, true)),
      data: checkData(view.getUint32(at + 16, true)),
      paused: (flags & PAUSED) !== 0,
      shared: (flags & SHARED) !== 0,
    };
  } catch (cause) {
    throw invalid(`its record ${index} is none`, cause);
  }
}

function invalid(why: string, cause?: unknown): EventManagerError {
  const message = `this is no snapshot of an event manager: ${why}`;
  return new EventManagerError('ERR_INVALID_SNAPSHOT', message, { cause });
}
