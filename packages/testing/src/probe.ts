import { Context, type MonitorRef, type Pid, spawn } from '@rekindle/kernel';
import type { ProcessId } from '@rekindle/kernel/internal';
import { Bell } from './bell.js';
import { world } from './world.js';

/**
 * A process whose mailbox the test looks into. It traps exits, so that links to it tell instead of killing it. The verbs that
 * need a process (`monitor`, `link`, `call`, ...) are in `context`.
 */
export class Probe<M = unknown> {
  readonly pid: Pid<M>;
  readonly label: string;
  /** What it can do as a process. */
  readonly context: Context<M>;
  readonly #mailbox: unknown[] = [];
  readonly #taken: unknown[] = [];
  /** @internal */
  readonly bell: Bell = new Bell();

  constructor(label: string) {
    this.label = label;
    this.pid = spawn<M>(
      async ({ receive }) => {
        for (;;) this.#heard(await receive());
      },
      { trapExit: true },
    );
    this.context = new Context((this.pid as unknown as ProcessId).proc) as Context<M>;
  }

  #heard(message: unknown): void {
    this.#mailbox.push(message);
    this.bell.ring();
  }

  /** What has come and was not asserted yet, oldest first. */
  get mailbox(): readonly unknown[] {
    return this.#mailbox;
  }

  /** What assertions have taken, oldest first. */
  get taken(): readonly unknown[] {
    return this.#taken;
  }

  /** Takes out the first message that fits. ExUnit: what `assert_receive` does with the mailbox. */
  take(fits: (message: unknown) => boolean): { readonly message: unknown } | undefined {
    const at = this.#mailbox.findIndex(fits);
    if (at < 0) return undefined;
    const [message] = this.#mailbox.splice(at, 1);
    this.#taken.push(message);
    return { message };
  }

  /** From now on it is told when that process ends: a message `{ type: 'DOWN', ref, pid, reason }`. */
  monitor(target: Pid): MonitorRef {
    return this.context.monitor(target);
  }

  link(target: Pid): void {
    this.context.link(target);
  }

  /** Empties the mailbox; answers what was in it. */
  flush(): unknown[] {
    return this.#mailbox.splice(0);
  }
}

/** Starts a probe. It ends with the test. */
export function probe<M = unknown>(label = 'probe'): Probe<M> {
  const { probes } = world();
  const made = new Probe<M>(probes.some((other) => other.label === label) ? `${label} ${probes.length}` : label);
  probes.push(made as Probe);
  return made;
}

const TEST = 'test';

/** The test's own process: what `assertReceive` looks at unless told otherwise. */
export function testProbe(): Probe {
  return world().probes.find(({ label }) => label === TEST) ?? probe(TEST);
}

/** The test's own process, for others to send to. ExUnit: `self()`. */
export function testPid<M = unknown>(): Pid<M> {
  return testProbe().pid as Pid<M>;
}
