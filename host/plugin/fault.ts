import { EventManagerError } from '../contract/index.js';

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
