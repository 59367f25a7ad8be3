/**
 * Prints the edges of a GPIO line: `node gpio-watcher.js /dev/gpiochip0 17`. No polling, and
 * nothing to compile: the kernel's character device gives a fd for the line, which is watched in
 * Node's own loop. With `-` for the device the line's events come from standard input, for a test
 * without one.
 */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { AdoptedFd, EventManager, interest } from 'wasm-event-manager';

// From linux/gpio.h, version 2 of the interface (Linux 5.10).
const GPIO_V2_GET_LINE_IOCTL = 0xc250b407;
const REQUEST = { size: 592, consumer: 256, flags: 288, lineCount: 560, fd: 588 };
const FLAG_INPUT = 1n << 2n;
const FLAG_EDGES = (1n << 4n) | (1n << 5n);
const EVENT = { size: 48, id: 8, offset: 12 };
const RISING = 1;
/** As every machine is that Node runs on with GPIO lines. */
const LITTLE_ENDIAN = true;

/** Asks for a line, as an input whose both edges are events: its fd. */
function openLine(device: string, line: number): number {
  const request = new DataView(new ArrayBuffer(REQUEST.size));
  request.setUint32(0, line, LITTLE_ENDIAN);
  new TextEncoder().encodeInto(
    'gpio-watcher',
    new Uint8Array(request.buffer, REQUEST.consumer, 31),
  );
  request.setBigUint64(REQUEST.flags, FLAG_INPUT | FLAG_EDGES, LITTLE_ENDIAN);
  request.setUint32(REQUEST.lineCount, 1, LITTLE_ENDIAN);
  const chip = openSync(device, 'r');
  try {
    const ioctl = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *argument)');
    if (ioctl(chip, GPIO_V2_GET_LINE_IOCTL, new Uint8Array(request.buffer)) < 0) {
      throw new Error(`${device} has no line ${line} for us: errno ${koffi.errno()}`);
    }
    return request.getInt32(REQUEST.fd, LITTLE_ENDIAN);
  } finally {
    closeSync(chip);
  }
}

const [device = '/dev/gpiochip0', line = '0'] = process.argv.slice(2);
const source = new AdoptedFd(device === '-' ? 0 : openLine(device, Number(line)));
const manager = new EventManager();
const buffer = Buffer.alloc(16 * EVENT.size);
let filled = 0;

interest()
  .read()
  .withOwned(source)
  .withHandler(({ registration }) => {
    const length = source.read(buffer.subarray(filled));
    if (length === null) return;
    if (length === 0) {
      registration.remove();
      return;
    }
    filled += length;
    const whole = filled - (filled % EVENT.size);
    for (let at = 0; at < whole; at += EVENT.size) {
      const edge = buffer.readUInt32LE(at + EVENT.id) === RISING ? 'rising' : 'falling';
      const offset = buffer.readUInt32LE(at + EVENT.offset);
      console.log(`line ${offset} ${edge} at ${buffer.readBigUInt64LE(at)} ns`);
    }
    // A pipe, unlike the device, may give a part of one.
    buffer.copyWithin(0, whole, filled);
    filled -= whole;
  })
  .registerInto(manager);

manager.attach();
