import { EventEmitter } from 'node:events';
import { internalsOf } from '../attached/index.js';
import { LiveClock } from '../clock/index.js';
import { checkOptions, EventManagerError, type EventSubscriber } from '../contract/index.js';
import type { EventManager } from '../manager/index.js';
import type { Member } from '../table/index.js';
import type { PluginFault } from './fault.js';
import { compile } from './guest-module.js';
import { makeCode } from './make-code.js';
import {
  type Chosen,
  checkConfig,
  chooseDefaults,
  chooseOptions,
  type LoadOptions,
  type PluginDefaults,
} from './options.js';
import { type Awaiting, PluginPhase } from './phase.js';
import { Plugin } from './plugin.js';
import type { PluginContext } from './plugin-context.js';
import { PluginCounters } from './plugin-counters.js';
import type { FaultAction, PluginMetrics } from './plugin-metrics.js';
import { Restarts } from './restarts.js';
import type { Session } from './session.js';
import { TopicRights } from './topics.js';
import { type Settle, whileAttached } from './while-attached.js';

/** What is told of a fault. */
export interface PluginFaultEvent {
  readonly plugin: Plugin;
  readonly error: PluginFault;
  readonly action: FaultAction;
}

interface PluginHostEvents {
  fault: [PluginFaultEvent];
}

type AnyManager = EventManager<never> | EventManager<EventSubscriber>;

/**
 * Lets guests in WebAssembly react to what happens on fds, with no fd in their hands. A guest is a
 * core module that imports functions of 'wem' and exports `wem_process`; `docs/plugins.md` says
 * more. It is inspected before it is compiled, metered, and stopped when it goes wrong;
 * the other guests, and the rest of the manager's turn, go on.
 *
 * Guests run on the manager's thread, in its turns, behind all else. What a guest does in a call
 * can't be seen by another guest. Emits 'fault'; where nobody listens, faults go to `onError`.
 *
 * @example
 * using host = new PluginHost(manager);
 * const rules = await host.load(bytes, { name: 'rules', deadlineMs: 20 });
 * rules.grant('requests', socket, { read: true });
 */
export class PluginHost extends EventEmitter<PluginHostEvents> implements Disposable {
  readonly #manager: EventManager<never>;
  readonly #phase: PluginPhase;
  readonly #base: Chosen;
  /** Those that are being compiled have their names reserved. */
  readonly #plugins = new Map<string, Plugin | symbol>();
  readonly #members = new Map<Awaiting, Member>();
  readonly #forget: () => void;
  #clock: LiveClock | undefined;
  #closed = false;

  /**
   * @throws TypeError, RangeError; ERR_CLOSED; ERR_UNSUPPORTED_PLATFORM where the manager's
   * `syscalls` are not the kernel's; the error of eventfd(2), for a manager's first
   */
  constructor(manager: AnyManager, options: { defaults?: PluginDefaults } = {}) {
    super();
    this.#manager = manager as EventManager<never>;
    const internals = internalsOf(manager);
    internals.table.assertOpen();
    if (!internals.table.syscalls.fdsOfProcess) {
      throw new EventManagerError(
        'ERR_UNSUPPORTED_PLATFORM',
        'a plugin host needs the kernel: leave out the `syscalls` of its event manager',
      );
    }
    checkOptions('PluginHost', options, { defaults: true });
    this.#base = chooseDefaults(options.defaults);
    this.#phase = PluginPhase.of(this.#manager);
    this.#forget = internals.onClose(() => this.close());
  }

  /**
   * Admits, compiles and begins a guest. Compiling is off this thread. What the guest does in
   * `wem_init` is done when the promise is fulfilled.
   *
   * @throws ModuleRefusedError; PluginFault; ERR_PLUGIN_EXISTS; TypeError, RangeError; ERR_CLOSED;
   * as `Plugin.grant`
   */
  async load(bytes: Uint8Array, options: LoadOptions): Promise<Plugin> {
    this.#assertOpen();
    const chosen = chooseOptions(options, this.#base);
    const { name } = options;
    const config = checkConfig(options.config);
    if (this.#plugins.has(name)) {
      throw new EventManagerError(
        'ERR_PLUGIN_EXISTS',
        `there is a plugin '${name}': reload or unload that, or choose another name`,
      );
    }
    // Its name is taken from now on.
    const reserved = Symbol(name);
    this.#plugins.set(name, reserved);
    try {
      const module = await compile(bytes, name, chosen);
      this.#assertOpen();
      return await this.#begin(module, options, chosen, config);
    } catch (error) {
      if (this.#plugins.get(name) === reserved) this.#plugins.delete(name);
      // Where all was closed meanwhile, that is the reason.
      this.#assertOpen();
      throw error;
    }
  }

  /** The plugins that are loaded, in the order in which they were. */
  get plugins(): Plugin[] {
    return [...this.#plugins.values()].filter((plugin) => typeof plugin !== 'symbol');
  }

  metrics(): PluginMetrics[] {
    return this.plugins.map((plugin) => plugin.metrics());
  }

  /** Unloads all plugins. Closing the manager does it too. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#forget();
    for (const plugin of this.plugins) plugin.unload();
    this.#clock?.dispose();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #begin(
    module: WebAssembly.Module,
    options: LoadOptions,
    chosen: Chosen,
    config: Uint8Array,
  ): Promise<Plugin> {
    const context = this.#contextOf(options, chosen);
    const owner = {
      subscribe: (session: Session) => this.#subscribe(session),
      faulted: (plugin: Plugin, error: PluginFault, action: FaultAction) =>
        this.#faulted({ plugin, error, action }),
      compile: (next: Uint8Array, name: string) => compile(next, name, chosen),
      await: <T>(begin: (settle: Settle<T>) => void) => this.#await(chosen, begin),
      unloaded: (plugin: Plugin) => void this.#plugins.delete(plugin.name),
    };
    const restarts = new Restarts(chosen.restart, context.clock);
    const plugin = new Plugin(owner, context, { module, config, restarts });
    this.#plugins.set(options.name, plugin);
    try {
      for (const [name, { source, ...rights }] of Object.entries(options.grants ?? {})) {
        plugin.grant(name, source, rights);
      }
      await this.#await<void>(chosen, (settle) => plugin.begin(settle));
      return plugin;
    } catch (error) {
      plugin.unload();
      throw error;
    }
  }

  #contextOf(options: LoadOptions, chosen: Chosen): PluginContext {
    const { name } = options;
    // Deadlines are in real time, whatever the guest's clock.
    this.#clock ??= new LiveClock(this.#manager);
    const deadlines = this.#clock;
    const context: PluginContext = {
      name,
      limits: chosen.limits,
      callLimits: chosen.callLimits,
      initLimits: chosen.initLimits,
      clock: options.clock ?? deadlines,
      bus: options.bus,
      publishes: new TopicRights('publish', options.publish),
      subscribes: new TopicRights('subscribe', options.subscribe),
      counters: new PluginCounters(),
      grants: new Map(),
      log: (level, text) => chosen.log(level, text, name),
      guard: (act, otherwise) => this.#guard(act, otherwise),
      turn: () => this.#phase.loop.turnsBegun,
      wake: (session) => this.#phase.wake(session),
      leave: (session) => this.#leave(session),
      apart: chosen.isolation === 'worker',
      makeCode: (module, caller) =>
        makeCode(chosen.isolation, {
          context,
          deadlines,
          internals: internalsOf(this.#manager),
          module,
          caller,
        }),
    };
    return context;
  }

  /** What goes on in this thread is done when `begin` returns. */
  #await<T>(chosen: Chosen, begin: (settle: Settle<T>) => void): Promise<T | undefined> {
    if (chosen.isolation === 'worker') return whileAttached(internalsOf(this.#manager), begin);
    return new Promise((resolve, reject) => {
      begin((error, value) => (error ? reject(error) : resolve(value)));
    });
  }

  #subscribe(session: Session): void {
    const { roster } = internalsOf(this.#manager);
    this.#members.set(session, roster.add(session));
    if (!session.inbox.empty) this.#phase.wake(session);
  }

  #leave(session: Awaiting): void {
    this.#phase.leave(session);
    const member = this.#members.get(session);
    this.#members.delete(session);
    if (member) internalsOf(this.#manager).roster.remove(member);
  }

  #faulted(event: PluginFaultEvent): void {
    this.#guard(() => {
      if (this.emit('fault', event)) return;
      internalsOf(this.#manager).loop.faults.report(event.error, {});
    }, undefined);
  }

  /** What the host's own code throws goes by `onHandlerError`. */
  #guard<T>(act: () => T, otherwise: T): T {
    try {
      return act();
    } catch (error) {
      this.#phase.loop.faults.noteFrom(error, () => {});
      return otherwise;
    }
  }

  #assertOpen(): void {
    internalsOf(this.#manager).table.assertOpen();
    if (this.#closed) throw new EventManagerError('ERR_CLOSED', 'this plugin host was closed');
  }
}
