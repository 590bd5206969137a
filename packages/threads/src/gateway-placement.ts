import type { Address, Kernel, Placement } from '@rekindle/kernel/internal';
import { choose } from './placement.js';
import type { SchedulerWorker } from './scheduler-worker.js';
import type { ThreadCarrier } from './thread-carrier.js';

/** Where processes are started that the gateway starts: on a scheduler, unless none runs or it is to be `same`. */
export class GatewayPlacement {
  readonly #kernel: Kernel;
  readonly #carrier: ThreadCarrier;
  readonly #schedulers: ReadonlyMap<number, SchedulerWorker>;
  #turn = 0;

  constructor(kernel: Kernel, carrier: ThreadCarrier, schedulers: ReadonlyMap<number, SchedulerWorker>) {
    this.#kernel = kernel;
    this.#carrier = carrier;
    this.#schedulers = schedulers;
  }

  place(where: Placement): Address {
    if (typeof where === 'object' && 'scheduler' in where) return this.#address(where.scheduler);
    const all = [...this.#schedulers.values()];
    const serving = all.filter((scheduler) => scheduler.serving);
    const candidates = (serving.length > 0 ? serving : all).map(({ number: thread }) => ({
      thread,
      load: () => this.#carrier.lane(thread)?.bell.load ?? 0,
    }));
    if (where === 'same' || candidates.length === 0) return this.#kernel.here;
    const { thread } = choose(where, candidates, -1, where === 'spread' ? this.#turn++ : 0);
    this.#carrier.lane(thread)?.bell.placed();
    return this.#address(thread);
  }

  #address(thread: number): Address {
    const { node, incarnation } = this.#kernel.here;
    return this.#kernel.address(node, incarnation, thread);
  }
}
