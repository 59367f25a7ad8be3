// What test runners are given; of TypeScript, too.
import { EventFd, EventManager, interest } from 'wasm-event-manager';
import { TestClock } from 'wasm-event-manager/clock';

test('blocking', () => {
  const manager = new EventManager();
  const seen = [];
  interest()
    .read()
    .withOwned(new EventFd(3))
    .withHandler(({ source }) => seen.push(source.read()))
    .registerInto(manager);
  manager.run();
  manager.close();
  expect(seen).toEqual([3n]);
  new TestClock().advanceTime(5n);
});

test('attached', async () => {
  const manager = new EventManager();
  const bell = new EventFd();
  setTimeout(() => bell.write(1), 5);
  const { readable } = await manager.readable(bell, { timeout: 10_000 });
  expect(readable).toBe(true);
  manager.close();
  bell.close();
});
