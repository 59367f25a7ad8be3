import type { Internals } from '../attached/index.js';
import type { Clock } from '../clock/internal.js';
import type { Caller } from './caller.js';
import type { Code } from './code.js';
import { importsFor } from './imports.js';
import { InlineCode } from './inline-code.js';
import type { PluginContext } from './plugin-context.js';
import { WorkerCode } from './worker-code.js';

/** Instantiates a guest where it is to run. @throws PluginFault; the error of eventfd(2) */
export function makeCode(
  isolation: 'inline' | 'worker',
  {
    context,
    internals,
    deadlines,
    module,
    caller,
  }: {
    context: PluginContext;
    internals: Internals;
    /** In real time. */
    deadlines: Clock;
    module: WebAssembly.Module;
    caller: Caller;
  },
): Code {
  const { name } = context;
  const imports = (code: Code) => importsFor(caller, code, context);
  if (isolation === 'inline') return new InlineCode(name, module, imports);
  return new WorkerCode({ name, module, internals, clock: deadlines, imports });
}
