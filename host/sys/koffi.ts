import { ownFile, requirePackage } from './packages.js';
import { notLinuxReason, refusal } from './refusal.js';

/**
 * The one file that knows koffi. It is loaded on first use, so that importing the library
 * works, and says why, where koffi or epoll don't exist.
 */

export type Koffi = typeof import('koffi');

let koffi: Koffi | undefined;

/** @throws ERR_UNSUPPORTED_PLATFORM */
export function loadKoffi(): Koffi {
  koffi ??= load();
  return koffi;
}

/** Why koffi can't be loaded, as a sentence; undefined where it can. */
export function koffiFailure(): string | undefined {
  try {
    koffi ??= requirePackage('koffi') as Koffi;
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) throw error; // The stack is used up.
    return `koffi, which makes the system calls, could not be loaded: ${describe(error)}`;
  }
}

function load(): Koffi {
  const reason = notLinuxReason() ?? koffiFailure();
  if (reason !== undefined) throw refusal(`no system call can be made here: ${reason}`);
  return koffi!;
}

/** The first sentence of what went wrong, and what to do about it. */
function describe(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.split('\n', 1)[0]!.replace(/[.:]+$/, '');
  const remedy = remedyFor(reason, (error as { code?: unknown }).code);
  return remedy ? `${reason}. ${remedy}` : reason;
}

function remedyFor(reason: string, code: unknown): string | undefined {
  const machine = `${process.platform}-${process.arch}`;
  switch (code) {
    case 'ERR_DLOPEN_DISABLED':
      return 'Run node with --allow-addons where it has --permission, and without --no-addons';
    case 'ERR_ACCESS_DENIED':
      return 'Run node with --allow-fs-read for the folder node_modules, and with --allow-addons';
    case 'MODULE_NOT_FOUND':
      return (
        'Install it: `npm install koffi`. A bundle needs it in a node_modules beside it, or ' +
        `above: it was sought from ${ownFile() ?? process.argv[1]}`
      );
    default:
      if (!reason.includes('native Koffi module')) return undefined;
      return (
        `Its binary is a package of its own, @koromix/koffi-${machine}, which an install with ` +
        '--omit=optional leaves out: install without that flag. In a node_modules that was ' +
        'copied, copy the folder @koromix too'
      );
  }
}
