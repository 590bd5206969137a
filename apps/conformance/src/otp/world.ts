import { setImmediate as macrotask } from 'node:timers/promises';
import type { Alias, Context, ExitReason, MonitorRef, Pid } from '@rekindle/kernel';
import { addWatcher, condemn, flags, type Kernel, type ProcessId, plain, removeWatcher, spawnPlain } from '@rekindle/kernel/internal';
import type { Json } from './json.js';
import type { Labels } from './values.js';

/** What a site needs from its thread. */
export interface Ground {
  readonly kernel: Kernel;
  /** Which of the sites this is, of how many. */
  readonly index: number;
  readonly count: number;
  /** The place of what happens now in the order of all sites. */
  stamp(): number;
  /** Tells all other sites, in order with the signals that follow. */
  share(fact: Fact): void;
}

/** What all sites have to know about a scenario's processes. */
export type Fact =
  | { readonly type: 'name'; readonly pid: Pid; readonly label: string }
  | { readonly type: 'current'; readonly label: string; readonly pid: Pid }
  | { readonly type: 'started'; readonly pid: Pid }
  | { readonly type: 'alias'; readonly label: string; readonly alias: Alias }
  | { readonly type: 'agent'; readonly index: number; readonly pid: Pid };

/** Something that happened on a site. */
export interface Stamped {
  readonly stamp: number;
}
export interface Ended extends Stamped {
  readonly pid: Pid;
  readonly reason: ExitReason;
}
export interface Noted extends Stamped {
  readonly entry: Json;
}

/** What a process asks the agent of another site to do there. */
interface Errand {
  readonly from: Pid;
  readonly ref: number;
  readonly what: string;
  readonly args: readonly unknown[];
}

export type Errands = { readonly [what: string]: (...args: never[]) => unknown };

/** One scenario's processes on one thread, and what is known about those of all threads. */
export class World implements Labels {
  readonly ground: Ground;
  readonly kernel: Kernel;
  readonly #labels = new Map<Pid, string>();
  readonly #newest = new Map<string, Pid>();
  readonly #starts = new Map<string, number>();
  readonly #refs = new Map<string, MonitorRef>();
  readonly #refLabels = new Map<MonitorRef, string>();
  readonly #aliases = new Map<string, Alias>();
  readonly #agents = new Map<number, Pid>();
  readonly #started = new Set<Pid>();
  #errands = 0;
  #downs: Ended[] = [];
  #notes: Noted[] = [];

  constructor(ground: Ground) {
    this.ground = ground;
    this.kernel = ground.kernel;
  }

  /** `errands`: what processes of other sites may ask for. */
  open(errands: Errands): void {
    const agent = spawnPlain<Errand>(
      this.kernel,
      null,
      function* (context) {
        for (;;) {
          const { from, ref, what, args } = yield* context.receive();
          const answer = (errands[what] as (...args: readonly unknown[]) => unknown)(...args);
          context.send(from, { type: '$control', ref, answer });
        }
      },
      {},
    );
    this.#tell({ type: 'agent', index: this.ground.index, pid: agent.pid });
  }

  /** Ends what is left of the scenario on this site; how many processes that were. */
  close(): number {
    const left = [...this.kernel.processes()];
    for (const proc of left) condemn(proc, 'killed');
    this.kernel.groups = null;
    return left.length;
  }

  /** What a scenario has left behind after all its processes have ended: nothing, if the kernel is right. */
  leftovers(): string[] {
    const { kernel } = this;
    const left: string[] = [];
    if (kernel.alive > 0) left.push(`${kernel.alive} processes`);
    if (kernel.names.names().length > 0) left.push(`names ${kernel.names.names().join(', ')}`);
    if (kernel.timers.nextDue() !== Number.POSITIVE_INFINITY) left.push('timers');
    if (kernel.aliases.size > 0) left.push(`${kernel.aliases.size} aliases`);
    for (const { peers, thread } of kernel.addresses()) {
      for (const [table, { size }] of Object.entries(peers ?? {})) if (size > 0) left.push(`${size} ${table} of thread ${thread}`);
    }
    return left.map((what) => `site ${this.ground.index}: ${what}`);
  }

  // ---------------------------------------------------------------- what happens

  /** From now on the end of this process of this site is noted. */
  watch(pid: Pid): void {
    const { proc } = pid as ProcessId;
    const watcher = {
      fire: (_from: Pid, reason: ExitReason): void => {
        this.#downs.push({ stamp: this.ground.stamp(), pid, reason });
        removeWatcher(proc, watcher);
      },
    };
    addWatcher(proc, watcher);
  }

  /** The ends of started processes, in order. */
  takeDowns(): Ended[] {
    const downs = this.#downs.filter(({ pid }) => this.#started.has(pid));
    this.#downs = [];
    return downs;
  }

  note(entry: Json): void {
    this.#notes.push({ stamp: this.ground.stamp(), entry });
  }

  takeNotes(): Noted[] {
    const notes = this.#notes;
    this.#notes = [];
    return notes;
  }

  // ---------------------------------------------------------------- what all sites know

  learn(fact: Fact): void {
    switch (fact.type) {
      case 'name':
        this.#labels.set(fact.pid, fact.label);
        break;
      case 'current':
        this.#newest.set(fact.label, fact.pid);
        break;
      case 'started':
        this.#started.add(fact.pid);
        break;
      case 'alias':
        this.#aliases.set(fact.label, fact.alias);
        break;
      case 'agent':
        this.#agents.set(fact.index, fact.pid);
        break;
    }
  }

  name(pid: Pid, label: string): void {
    this.#tell({ type: 'name', pid, label });
  }

  /** The newest process that `label` means. */
  current(label: string, pid: Pid): void {
    this.#tell({ type: 'current', label, pid });
  }

  /** It counts: its end is news, and it is listed while it lives. */
  started(pid: Pid): void {
    this.#tell({ type: 'started', pid });
  }

  hasStarted(pid: Pid): boolean {
    return this.#started.has(pid);
  }

  label(pid: Pid): string {
    return this.#labels.get(pid) ?? '?';
  }

  resolve(label: string): Pid | undefined {
    return this.#newest.get(label);
  }

  /** The site where the newest process of that label runs. */
  siteOf(label: string): number | undefined {
    const pid = this.resolve(label);
    if (pid === undefined) return undefined;
    for (const [index, agent] of this.#agents) if (agent.thread === pid.thread) return index;
    return undefined;
  }

  /** Living processes of this site that count, by label. */
  living(): string[] {
    return [...this.#started].filter((pid) => this.isHere(pid) && this.isAlive(pid)).map((pid) => this.label(pid));
  }

  isHere(pid: Pid): boolean {
    return (pid as ProcessId).isLocal;
  }

  isAlive(pid: Pid): boolean {
    return (pid as ProcessId).proc.alive;
  }

  /** Where a process of that label is started: labels take turns. */
  placeOf(label: string): number {
    return [...label].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % this.ground.count;
  }

  // ---------------------------------------------------------------- numbers and references

  nextStart(id: string): number {
    const n = (this.#starts.get(id) ?? 0) + 1;
    this.#starts.set(id, n);
    return n;
  }

  saveRef(label: string, ref: MonitorRef): void {
    this.#refs.set(label, ref);
    this.#refLabels.set(ref, label);
    const alias = 'unalias' in ref ? (ref as unknown as Alias) : (ref as { alias?: Alias | null }).alias;
    if (alias !== undefined && alias !== null) this.#tell({ type: 'alias', label, alias });
  }

  ref(label: string): MonitorRef {
    const ref = this.#refs.get(label);
    if (ref === undefined) throw new Error(`no reference ${label}`);
    return ref;
  }

  refLabel(ref: MonitorRef): string {
    return this.#refLabels.get(ref) ?? '?';
  }

  alias(label: string): Alias | undefined {
    return this.#aliases.get(label);
  }

  // ---------------------------------------------------------------- other sites

  /**
   * Has the agent of the site where `pid` runs do something, after all that this process has sent there and before all that
   * it sends later: how a process learns what came of something on another thread.
   */
  *errand(context: Context<unknown>, pid: Pid, what: string, ...args: unknown[]): Generator<unknown, unknown, unknown> {
    const ref = ++this.#errands;
    const agent = [...this.#agents.values()].find(({ thread }) => thread === pid.thread) as Pid;
    context.send(agent, { from: context.self, ref, what, args });
    const answer = (yield* context.receive((message) => isAnswer(message, ref))) as { answer: unknown };
    return answer.answer;
  }

  /** Resolves when nothing can run here. */
  async settled(): Promise<void> {
    do await macrotask();
    while (!this.kernel.turns.idle);
  }

  /** Whether somebody is inside a callback. */
  get inside(): boolean {
    for (const proc of this.kernel.processes()) {
      if ((proc.flags & flags.SUSPENDED) !== 0 && proc.behaviour !== plain) return true;
    }
    return false;
  }

  #tell(fact: Fact): void {
    this.learn(fact);
    this.ground.share(fact);
  }
}

function isAnswer(message: unknown, ref: number): boolean {
  const { type, ref: answered } = message as { type?: unknown; ref?: unknown };
  return type === '$control' && answered === ref;
}
