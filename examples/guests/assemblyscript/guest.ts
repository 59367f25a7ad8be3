// Counts the bytes that come on the grant 'requests', and publishes the sum on 'counts'.
import { add, Entry, entry, FD, GRANTED, grant, IN, log, publish, read } from './wem';

export { wem_abi, wem_buffer } from './wem';

const NAME = memory.data<u8>([114, 101, 113, 117, 101, 115, 116, 115]); // requests
const TOPIC = memory.data<u8>([99, 111, 117, 110, 116, 115]); // counts
const READY = memory.data<u8>([114, 101, 97, 100, 121]); // ready
const chunk = memory.data(4_096, 8);
const sum = memory.data(4, 4);

function watch(): void {
  const handle = grant(NAME, 8);
  if (handle >= 0) add(handle, IN, 0);
}

export function wem_init(_length: i32): i32 {
  watch();
  log(2, READY, 5);
  return 0;
}

function drain(handle: i32): void {
  let count = read(handle, chunk, 4_096);
  while (count > 0) {
    store<i32>(sum, load<i32>(sum) + count);
    count = read(handle, chunk, 4_096);
  }
}

export function wem_process(count: i32): void {
  for (let i = 0; i < count; i += 1) {
    const each: Entry = entry(i);
    if (each.kind == GRANTED) watch();
    if (each.kind == FD) drain(each.handle);
  }
  publish(TOPIC, 6, sum, 4);
}
