import { EventManagerError } from '../contract/index.js';
import { ABI_VERSION, BUFFER_BYTES } from './abi.js';

/**
 * How a guest went wrong: it trapped; it took longer than `deadlineMs`; its `fuel` was used up; it
 * doesn't keep to the interface; it refused to begin; it left a fd that is ready unread.
 */
export type FaultKind = 'trap' | 'deadline' | 'fuel' | 'abi' | 'init' | 'spin';

/** What a guest did wrong. `code` is ERR_PLUGIN_FAULT; `cause` is what V8 threw. */
export class PluginFault extends EventManagerError {
  readonly plugin: string;
  readonly kind: FaultKind;

  constructor(plugin: string, kind: FaultKind, what: string, cause?: unknown) {
    super('ERR_PLUGIN_FAULT', `plugin '${plugin}' ${what}`, cause === undefined ? {} : { cause });
    this.plugin = plugin;
    this.kind = kind;
  }
}

/** A guest that is made for another version of the interface. */
export function otherVersion(plugin: string, version: number): PluginFault {
  const what = `is made for version ${version} of the interface, and this is ${ABI_VERSION}`;
  return new PluginFault(plugin, 'abi', what);
}

/** A guest whose buffer isn't one. */
export function badBuffer(plugin: string, address: number): PluginFault {
  const missing = `there are no ${BUFFER_BYTES} bytes, or at no multiple of 8`;
  return new PluginFault(plugin, 'abi', `has its buffer at ${address}, where ${missing}`);
}
