import type { Context, MonitorRef, Pid } from '@rekindle/kernel';
import { spawn } from '@rekindle/kernel';
import { flags, installKernel, Kernel, plain } from '@rekindle/kernel/internal';
import { VirtualHost } from '@rekindle/testing';
import type { Json } from './json.js';
import type { Labels } from './values.js';

/** One scenario's kernel and what is known about its processes. */
export class World implements Labels {
  readonly host = new VirtualHost();
  readonly kernel = new Kernel({ host: this.host });
  readonly #labels = new Map<Pid, string>();
  readonly #newest = new Map<string, Pid>();
  readonly #starts = new Map<string, number>();
  readonly #refs = new Map<string, MonitorRef>();
  readonly #refLabels = new Map<MonitorRef, string>();
  /** Ends of watched processes, in order. */
  downs: { pid: Pid; reason: unknown }[] = [];
  #observer: Context<unknown> | null = null;

  async open(): Promise<void> {
    installKernel(this.kernel);
    spawn<{ type: 'DOWN'; pid: Pid; reason: unknown }>(async (context) => {
      this.#observer = context as Context<unknown>;
      for (;;) {
        const { pid, reason } = await context.receive();
        this.downs.push({ pid, reason });
      }
    });
    await this.quiet();
  }

  close(): void {
    installKernel(null);
  }

  /** From now on its end is noted. */
  watch(pid: Pid): void {
    this.#observer?.monitor(pid);
  }

  takeDowns(): { pid: Pid; reason: unknown }[] {
    const { downs } = this;
    this.downs = [];
    return downs;
  }

  name(pid: Pid, label: string): void {
    this.#labels.set(pid, label);
  }

  /** The newest process that `label` means. */
  current(label: string, pid: Pid): void {
    this.#newest.set(label, pid);
  }

  label(pid: Pid): string {
    return this.#labels.get(pid) ?? '?';
  }

  resolve(label: string): Pid | undefined {
    return this.#newest.get(label);
  }

  nextStart(id: string): number {
    const n = (this.#starts.get(id) ?? 0) + 1;
    this.#starts.set(id, n);
    return n;
  }

  saveRef(label: string, ref: MonitorRef): void {
    this.#refs.set(label, ref);
    this.#refLabels.set(ref, label);
  }

  ref(label: string): MonitorRef {
    const ref = this.#refs.get(label);
    if (ref === undefined) throw new Error(`no reference ${label}`);
    return ref;
  }

  refLabel(ref: MonitorRef): string {
    return this.#refLabels.get(ref) ?? '?';
  }

  isAlive(pid: Pid): boolean {
    return (pid as unknown as { proc: { alive: boolean } }).proc.alive;
  }

  /** Waits until nothing can run and nobody is inside a callback; timers fire only as far as that needs. */
  async quiet(): Promise<void> {
    for (;;) {
      await turn();
      if (!this.kernel.turns.idle) continue;
      if (!this.#insideCallback()) return;
      const next = this.host.nextTimer;
      if (next === undefined) return;
      this.host.advanceTo(next);
    }
  }

  /** Lets time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const end = this.host.now() + ms;
    for (;;) {
      await turn();
      if (!this.kernel.turns.idle) continue;
      const next = this.host.nextTimer;
      if (next === undefined || next > end) break;
      this.host.advanceTo(next);
    }
    this.host.advanceTo(end);
    await this.quiet();
  }

  #insideCallback(): boolean {
    for (const proc of this.kernel.processes()) {
      if ((proc.flags & flags.SUSPENDED) !== 0 && proc.behaviour !== plain) return true;
    }
    return false;
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export interface Step {
  op: string;
  [field: string]: Json;
}
