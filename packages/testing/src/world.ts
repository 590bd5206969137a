import { type Pid, Supervisor, type SupervisorSpec, supervise } from '@rekindle/kernel';
import { condemn, type Host, installKernel, type Kernel, nodeHost } from '@rekindle/kernel/internal';
import { Bell } from './bell.js';
import type { TestGateway } from './channels/test-gateway.js';
import type { Probe } from './probe.js';
import { listen, type Report } from './reports.js';
import { settle } from './settle.js';
import { TestKernel } from './test-kernel.js';
import { VirtualHost } from './virtual-host.js';

/** Supervises what a test has started. It gives up on nothing. ExUnit: the test supervisor. */
class TestSupervisor extends Supervisor {
  override init(): SupervisorSpec {
    return supervise({ maxRestarts: 1_000_000, maxSeconds: 1, children: [] });
  }
}

/** Reports beyond that many are forgotten, oldest first. */
const KEPT_REPORTS = 1000;
/** A virtual clock is moved at most so often to let processes end that take their time. */
const MAX_STEPS_TO_END = 100;

/** All processes of one test: a kernel of its own, so nothing of another test is there, neither processes nor names. */
export class TestWorld {
  readonly kernel: TestKernel;
  readonly clock: VirtualHost | null;
  readonly reports: Report[] = [];
  readonly probes: Probe[] = [];
  /** Rings with each report. */
  readonly reported: Bell = new Bell();
  gateway: TestGateway | null = null;
  #supervisor: Promise<Pid> | null = null;
  readonly #before: Kernel | null;
  readonly #stopListening: () => void;

  constructor(virtual: boolean) {
    this.clock = virtual ? new VirtualHost() : null;
    const host: Host = this.clock ?? nodeHost;
    this.kernel = new TestKernel({ host, node: 'test' });
    this.#before = installKernel(this.kernel);
    this.#stopListening = listen(this.kernel, (report) => {
      if (this.reports.push(report) > KEPT_REPORTS) this.reports.shift();
      this.reported.ring();
    });
  }

  /** The supervisor of everything that is started with `startSupervised`. */
  supervisor(): Promise<Pid> {
    this.#supervisor ??= TestSupervisor.start() as Promise<Pid>;
    return this.#supervisor;
  }

  /** Ends what was started, in reverse order and with `terminate`, and then whatever else there is. */
  async end(): Promise<void> {
    const proc = await this.#supervisorProc();
    if (proc !== undefined) {
      condemn(proc, 'shutdown');
      await this.#ended(() => !proc.alive);
    }
    for (const other of this.kernel.processes()) condemn(other, 'kill');
    await settle(this.kernel);
    this.#stopListening();
    installKernel(this.#before);
  }

  async #supervisorProc() {
    const pid = await this.#supervisor;
    return pid === undefined || pid === null ? undefined : this.kernel.find((pid as Pid & { serial: number }).serial);
  }

  async #ended(isSo: () => boolean): Promise<void> {
    for (let i = 0; i < MAX_STEPS_TO_END; i++) {
      await settle(this.kernel);
      if (isSo()) return;
      const next = this.clock?.nextTimer;
      if (this.clock === null) await new Promise((resolve) => nodeHost.setTimer(() => resolve(undefined), 20));
      else if (next !== undefined) this.clock.advanceTo(next);
    }
  }
}

let current: TestWorld | null = null;

/** The world of the test that runs. Without one of the test runners' modules, the first use makes it. */
export function world(): TestWorld {
  current ??= new TestWorld(false);
  return current;
}

/** Gives the test a world of its own; one that is there has been left over and is ended. `@rekindle/testing/vitest` calls it. */
export async function beginTest(): Promise<void> {
  await endTest();
  current = new TestWorld(false);
}

/** Ends everything that the test has started, supervised processes in order. `@rekindle/testing/vitest` calls it. */
export async function endTest(): Promise<void> {
  const ending = current;
  current = null;
  await ending?.end();
}

/** A fresh world for a run of a property, within a test. */
export async function anotherWorld(virtual: boolean): Promise<TestWorld> {
  const before = current;
  current = null;
  await before?.end();
  current = new TestWorld(virtual);
  return current;
}

/**
 * Time stands still from now on, and moves with `advance` only. Call it first in the test. Throws if processes run already:
 * their timers would go on with the real clock.
 */
export async function useVirtualTime(): Promise<void> {
  const { kernel } = world();
  if (kernel.started > 0) throw new Error(`useVirtualTime: expected to be called before any process is started, ${kernel.started} were`);
  await anotherWorld(true);
}
