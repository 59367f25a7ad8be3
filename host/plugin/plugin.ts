import type { FdSource } from '../contract/index.js';
import { EventManagerError, invalidType } from '../contract/index.js';
import type { PluginFault } from './fault.js';
import { Grant, type GrantOptions } from './grant.js';
import type { PluginContext } from './plugin-context.js';
import {
  type FaultAction,
  metricsOf,
  type PluginMetrics,
  type PluginState,
} from './plugin-metrics.js';
import type { Restarts } from './restarts.js';
import { Session } from './session.js';
import type { Settle } from './while-attached.js';

/** What a plugin needs of its host. */
export interface PluginOwner {
  /** Has a session become a subscriber. */
  subscribe(session: Session): void;
  /** A fault, and what comes of it. */
  faulted(plugin: Plugin, fault: PluginFault, action: FaultAction): void;
  /** Admits and compiles another module. */
  compile(bytes: Uint8Array, plugin: string): Promise<WebAssembly.Module>;
  unloaded(plugin: Plugin): void;
  /** A promise of what may need turns of the manager. */
  await<T>(begin: (settle: Settle<T>) => void): Promise<T | undefined>;
}

/** A guest and what it was granted. Made by `PluginHost.load`. */
export class Plugin implements Disposable {
  readonly name: string;
  readonly #owner: PluginOwner;
  readonly #context: PluginContext;
  readonly #config: Uint8Array;
  readonly #grants: Map<string, Grant>;
  readonly #restarts: Restarts;
  #module: WebAssembly.Module;
  #session: Session | undefined;
  /** Those that have not entered yet: they begin, or are handed the state. */
  readonly #coming = new Set<Session>();
  /** Of these the one that a restart began. */
  #restarting: Session | undefined;
  /** One reload after the other, so that each hands on what the one before left. */
  #reloads: Promise<void> = Promise.resolve();
  #state: PluginState = 'running';
  readonly #onFault = (fault: PluginFault, session: Session) => this.#faulted(fault, session);

  /** @internal */
  constructor(
    owner: PluginOwner,
    context: PluginContext,
    parts: { module: WebAssembly.Module; config: Uint8Array; restarts: Restarts },
  ) {
    this.name = context.name;
    this.#grants = context.grants;
    this.#owner = owner;
    this.#context = context;
    this.#module = parts.module;
    this.#config = parts.config;
    this.#restarts = parts.restarts;
  }

  get state(): PluginState {
    return this.#state;
  }

  /** @internal Begins its first guest. */
  begin(settle: Settle<void>): void {
    this.#newSession(this.#module, (error, session) => {
      if (session) this.#enter(session);
      settle(error);
    });
  }

  /**
   * Gives the guest a fd, by a name: fcntl(2), F_DUPFD_CLOEXEC. The guest is told by an entry, and
   * can ask for it by its name.
   *
   * @throws ERR_GRANT_EXISTS; ERR_BLOCKING_FD for a file that is blocking; ERR_CLOSED; TypeError,
   * RangeError; the error of the system call (EBADF, EMFILE)
   */
  grant(name: string, source: FdSource, options: GrantOptions = {}): Grant {
    this.#assertLoaded();
    this.#checkGrant(name);
    const grant = new Grant(name, source, options, (each) => this.#revoked(each));
    this.#grants.set(name, grant);
    for (const session of this.#sessions()) session.granted(grant);
    return grant;
  }

  /**
   * Puts another module in the guest's place. The new one is admitted, compiled and has begun
   * before the old one goes; what `wem_save` of the old one left is given to `wem_restore` of the
   * new one. When it fails, the old one goes on. Grants stay, but not the handles, timers,
   * subscriptions, and messages that wait. A second reload waits for the first.
   *
   * @throws ModuleRefusedError, PluginFault, ERR_CLOSED
   */
  async reload(bytes: Uint8Array): Promise<void> {
    this.#assertLoaded();
    const compiling = this.#owner.compile(bytes, this.name);
    // What is refused is told in its turn.
    compiling.catch(() => {});
    const reloaded = this.#reloads.then(async () => this.#replace(await compiling));
    this.#reloads = reloaded.catch(() => {});
    return reloaded;
  }

  /** Ends the guest, and revokes what it was granted. Idempotent. */
  unload(): void {
    if (this.#state === 'unloaded') return;
    this.#state = 'unloaded';
    this.#restarts.cancel();
    for (const session of this.#sessions()) session.end();
    for (const grant of [...this.#grants.values()]) grant.revoke();
    this.#owner.unloaded(this);
  }

  metrics(): PluginMetrics {
    return metricsOf(this, this.#context.counters, this.#session);
  }

  [Symbol.dispose](): void {
    this.unload();
  }

  /** The guest, and those that are to take its place. */
  #sessions(): Session[] {
    return [...(this.#session ? [this.#session] : []), ...this.#coming];
  }

  async #replace(module: WebAssembly.Module): Promise<void> {
    this.#assertLoaded();
    let next: Session | undefined;
    try {
      next = await this.#owner.await<Session>((settle) => this.#newSession(module, settle));
      await this.#owner.await<void>((settle) => this.#handOver(next!, settle));
      this.#assertLoaded();
    } catch (error) {
      if (next) this.#dismiss(next);
      // Where it was unloaded meanwhile, that is the reason.
      this.#assertLoaded();
      throw error;
    }
    this.#restarts.cancel();
    this.#session?.end();
    this.#module = module;
    this.#context.counters.reloads += 1;
    this.#enter(next!);
    this.#restarting?.end();
  }

  #newSession(module: WebAssembly.Module, settle: Settle<Session>): Session {
    const session = new Session(this.#context, module, this.#onFault);
    this.#coming.add(session);
    session.start(this.#config, (error) => {
      // It may have been ended in the middle.
      const ended = this.#state === 'unloaded' || (!error && session.over);
      const failed = ended ? this.#unloaded() : error;
      if (failed) this.#dismiss(session);
      settle(failed, failed ? undefined : session);
    });
    return session;
  }

  #dismiss(session: Session): void {
    this.#coming.delete(session);
    session.end();
  }

  /** Gives the state of the present guest to the next. One that fails to tell it has faulted. */
  #handOver(next: Session, settle: Settle<void>): void {
    const last = this.#session;
    if (!last || last.over) {
      settle(undefined);
      return;
    }
    last.save((error, state) => {
      if (error) {
        last.fault(error as PluginFault);
        settle(error);
      } else next.restore(state!, settle);
    });
  }

  #enter(session: Session): void {
    this.#coming.delete(session);
    this.#session = session;
    this.#state = 'running';
    this.#owner.subscribe(session);
  }

  #faulted(fault: PluginFault, session: Session): void {
    if (session !== this.#session) return;
    this.#afterFault(fault);
  }

  #afterFault(fault: PluginFault): void {
    this.#context.counters.fault(fault.kind);
    const waits = this.#restarts.schedule(() => this.#restart());
    this.#state = waits ? 'waiting' : 'stopped';
    this.#owner.faulted(this, fault, waits ? 'restart' : 'stop');
  }

  #restart(): void {
    this.#context.counters.restarts += 1;
    const begun: Settle<Session> = (error, session) => {
      if (session) this.#enter(session);
      // A reload that came first has ended it.
      else if (this.#state === 'waiting') this.#afterFault(error as PluginFault);
    };
    try {
      this.#restarting = this.#newSession(this.#module, begun);
    } catch (error) {
      begun(error);
    }
  }

  #revoked(grant: Grant): void {
    this.#grants.delete(grant.name);
    for (const session of this.#sessions()) session.revoked(grant);
  }

  #checkGrant(name: unknown): void {
    if (typeof name !== 'string') throw invalidType('The name of a grant', 'a string', name);
    if (!this.#grants.has(name)) return;
    throw new EventManagerError(
      'ERR_GRANT_EXISTS',
      `plugin '${this.name}' has a grant '${name}': revoke that first, or choose another name`,
    );
  }

  #assertLoaded(): void {
    if (this.#state === 'unloaded') throw this.#unloaded();
  }

  #unloaded(): EventManagerError {
    return new EventManagerError('ERR_CLOSED', `plugin '${this.name}' was unloaded`);
  }
}
