import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { MODULE } from './fixtures/attached-programs.js';

// What docs/threat-model.md says of Node's permission model.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const flags = process.allowedNodeEnvironmentFlags;
const PERMISSION = ['--permission', '--experimental-permission'].find((flag) => flags.has(flag))!;
const NET = JSON.stringify(import.meta.resolve('wasm-event-manager/net'));

/** What a program prints under the permission model, which lets it read the library. */
function outputOf(program: string, ...allowed: string[]): string {
  const args = [PERMISSION, `--allow-fs-read=${ROOT}*`, ...allowed, '--no-warnings'];
  const options = ['--input-type=module', '--eval', program];
  const { stdout, stderr } = spawnSync(process.execPath, [...args, ...options], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return `${stdout}${stderr}`.trim();
}

test('without --allow-addons nothing can be made, and the reason is said', () => {
  const output = outputOf(`
    import { EventManager } from ${MODULE};
    console.log(EventManager.isSupported());
    try { new EventManager(); } catch (error) { console.log(error.code, error.message); }`);
  assert.match(output, /^false\nERR_UNSUPPORTED_PLATFORM .*addon/);
});

test('with --allow-addons the permissions of files do not hold for the library', () => {
  const output = outputOf(
    `
    import { readFileSync } from 'node:fs';
    import { AdoptedFd } from ${MODULE};
    try { readFileSync('/etc/passwd'); } catch (error) { console.log(error.code); }
    console.log(AdoptedFd.open('/etc/passwd', 'r').read(Buffer.alloc(4)));
    process.exit();`,
    '--allow-addons',
  );
  assert.is(output, 'ERR_ACCESS_DENIED\n4');
});

test('with --allow-addons sockets of the library need no --allow-net', () => {
  const output = outputOf(
    `
    import { EventManager } from ${MODULE};
    import { TcpListener } from ${NET};
    const manager = new EventManager();
    console.log(TcpListener.listen(manager, { host: '127.0.0.1' }, () => ({})).address.port > 0);
    process.exit();`,
    '--allow-addons',
  );
  assert.is(output, 'true');
});

test.run();
