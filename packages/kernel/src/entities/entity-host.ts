import { GenServer } from '../behaviours/gen-server.js';
import { PROC } from '../behaviours/instance.js';
import type { Launchable } from '../behaviours/launch.js';
import { STOP } from '../behaviours/system-behaviour.js';
import { callByPid } from '../calls/call.js';
import { register } from '../classes.js';
import { CallError, StartError, type StartErrorCode } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { SystemMessage } from '../messages.js';
import { type From, type NoReply, noreply } from '../outcome.js';
import { type GroupEvent, groupsOf } from '../registry/pg.js';
import { sleepFor } from '../sleep.js';
import { portable } from '../sys/portable.js';
import { clusterName } from '../unique-names/cluster-via.js';
import { isIdle } from './idle.js';
import { entityName, homeOf, hostsGroup, PASSIVATED } from './placement.js';

/** What an `EntityHost` is started with. */
export interface EntityHostSpec {
  readonly name: string;
  readonly entity: unknown;
  readonly passivateAfterMs: number;
}

/** Who is the entity, or why there is none. */
export type Activated = { readonly pid: Pid } | { readonly code: StartErrorCode; readonly reason: unknown };

interface Look {
  readonly type: 'look';
}

/** An entity that runs here, starts, or ends. */
interface Entry {
  readonly key: string;
  pid: ProcessId | undefined;
  stopping: boolean;
  /** It belongs elsewhere by now. */
  away: boolean;
  /** How much it had handled when that was looked at, and since when it has been no more. */
  handled: number;
  since: number;
  /** Who waits for it to be started. */
  readonly waiting: From<Activated>[];
}

const LOOK_EVERY_MS = 1000;
/** How long entities may go on with what they do when the host ends, and how long their `terminate` may take. */
const DRAIN_MS = 3000;
const STOP_MS = 5000;
const DRAIN_LOOK_MS = 10;

/**
 * Runs the entities of one kind that fall to its node and thread: starts them when they are asked for, and stops those that had
 * nothing to do for a while or belong elsewhere since nodes have come. See `entities`.
 */
export class EntityHost extends GenServer<{ info: Look | GroupEvent }> {
  static readonly className = 'rekindle.EntityHost';
  #spec!: EntityHostSpec;
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new Map<Pid, string>();

  override init(spec: EntityHostSpec): void {
    this.#spec = spec;
    this.trapExit(true);
    const groups = groupsOf(this.#kernel);
    groups.monitor(hostsGroup(spec.name), this.self);
    groups.join(hostsGroup(spec.name), this.self);
    this.#lookLater();
  }

  /** The process with that key, started if it does not run. */
  activate(key: string): Activated | NoReply<Activated> {
    const entry = this.#entries.get(key) ?? this.#start(key);
    if (entry.pid !== undefined && !entry.stopping) return { pid: entry.pid };
    const from = this.from<Activated>();
    entry.waiting.push(from);
    return noreply(from);
  }

  /** The keys of those that run here. */
  keys(): string[] {
    return [...this.#entries.keys()];
  }

  override handleInfo(message: Look | GroupEvent | SystemMessage): void {
    if (message.type === 'EXIT') this.#ended(message.pid);
    else if (message.type === 'join' || message.type === 'leave') {
      for (const entry of this.#entries.values()) entry.away = this.#isAway(entry.key);
      this.#look();
    } else if (message.type === 'look') {
      this.#look();
      this.#lookLater();
    }
  }

  override async terminate(): Promise<void> {
    const kernel = this.#kernel;
    groupsOf(kernel).leave(hostsGroup(this.#spec.name), this.self);
    const deadline = kernel.host.now() + DRAIN_MS;
    const running = () => [...this.#entries.values()].filter(({ pid }) => pid?.proc.alive === true);
    while (running().length > 0 && kernel.host.now() < deadline) {
      for (const entry of running()) if (!entry.stopping && isIdle(procOf(entry))) this.#stop(entry, PASSIVATED);
      await sleepFor(kernel, this[PROC], DRAIN_LOOK_MS);
    }
    for (const entry of running()) if (!entry.stopping) this.#stop(entry, 'shutdown');
  }

  // ---------------------------------------------------------------- starting

  #start(key: string): Entry {
    const since = this.#kernel.host.now();
    const entry: Entry = { key, pid: undefined, stopping: false, away: false, handled: -1, since, waiting: [] };
    this.#entries.set(key, entry);
    const options = { name: clusterName(entityName(this.#spec.name, key)) };
    // Not awaited: other keys need not wait for this one.
    this.startLink(this.#spec.entity as never, key as never, options as never).then(
      (pid) => this.#started(entry, pid as Pid | undefined),
      (error: unknown) => this.#failed(entry, error),
    );
    return entry;
  }

  #started(entry: Entry, pid: Pid | undefined): void {
    if (pid === undefined) {
      this.#failed(entry, new StartError('ignore', undefined, entry.key));
      return;
    }
    entry.pid = pid as ProcessId;
    entry.away = this.#isAway(entry.key);
    this.#keys.set(pid, entry.key);
    this.#answer(entry, { pid });
  }

  #failed(entry: Entry, error: unknown): void {
    this.#entries.delete(entry.key);
    if (!StartError.is(error)) this.#answer(entry, { code: 'init_failed', reason: portable(this.#kernel, error) });
    // It runs where it belonged until now.
    else if (error.code === 'already_started' && error.pid !== undefined) this.#answer(entry, { pid: error.pid });
    else this.#answer(entry, { code: error.code, reason: portable(this.#kernel, error.reason) });
  }

  #answer({ waiting }: Entry, answer: Activated): void {
    for (const from of waiting.splice(0)) from.reply(answer);
  }

  // ---------------------------------------------------------------- stopping

  #look(): void {
    const now = this.#kernel.host.now();
    for (const entry of this.#entries.values()) {
      if (entry.pid === undefined || entry.stopping) continue;
      const proc = procOf(entry);
      if (proc.handled !== entry.handled) {
        entry.handled = proc.handled;
        entry.since = now;
      }
      if (!entry.away && now - entry.since < this.#spec.passivateAfterMs) continue;
      // What comes after this is behind the end of it, and is asked for again.
      if (isIdle(proc)) this.#stop(entry, PASSIVATED);
    }
  }

  #stop(entry: Entry, reason: ExitReason): void {
    entry.stopping = true;
    const pid = entry.pid as ProcessId;
    callByPid(null, pid, STOP, [reason], STOP_MS).catch((error: unknown) => {
      if (CallError.is(error, 'timeout')) this.exit(pid, 'kill');
    });
  }

  #ended(pid: Pid): void {
    const key = this.#keys.get(pid);
    if (key === undefined) return;
    this.#keys.delete(pid);
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry === undefined || entry.waiting.length === 0) return;
    this.#start(key).waiting.push(...entry.waiting);
  }

  // ---------------------------------------------------------------- helpers

  get #kernel() {
    return this[PROC].kernel;
  }

  #isAway(key: string): boolean {
    const home = homeOf(this.#kernel, this.#spec.name, key);
    return home !== undefined && home !== this[PROC].pid;
  }

  #lookLater(): void {
    this.sendAfter(Math.max(10, Math.min(LOOK_EVERY_MS, this.#spec.passivateAfterMs / 4)), { type: 'look' });
  }
}

register(EntityHost as unknown as Launchable);

function procOf({ pid }: Entry) {
  return (pid as ProcessId).proc;
}
