import type { Json, JsonObject } from './json.js';
import type { Status } from './site.js';

/** Where a scenario is played: one or more sites, seen from outside. */
export interface Sites {
  readonly count: number;
  request(site: number, name: string, args: Json): Promise<Json>;
  /** All sites have this time from now on; nothing has fired yet. */
  setTime(ms: number): void;
  end(): Promise<void>;
}

/** Sites, and the one clock that they all follow. Time passes only when nothing can run on any of them. */
export class Stage {
  readonly sites: Sites;
  #now = 0;
  /** Signals that went from one site to another, ever. */
  crossed = 0;

  constructor(sites: Sites) {
    this.sites = sites;
  }

  get count(): number {
    return this.sites.count;
  }

  call(site: number, name: string, args: Json = null): Promise<Json> {
    return this.sites.request(site, name, args);
  }

  all(name: string, args: Json = null): Promise<Json[]> {
    return Promise.all(Array.from({ length: this.count }, (_, site) => this.call(site, name, args)));
  }

  /** As `all`, for answers that are objects. */
  async collect(name: string, args: Json = null): Promise<JsonObject[]> {
    return (await this.all(name, args)) as JsonObject[];
  }

  /** The site where the newest process of that label runs; undefined for a label that was never started. */
  async locate(label: string): Promise<number | undefined> {
    return ((await this.call(0, 'siteOf', label)) as number | null) ?? undefined;
  }

  /** Nothing of one scenario is seen by the next. */
  async open(scenario: JsonObject): Promise<void> {
    await this.all('prepare', scenario);
    await this.all('open');
    await this.quiet();
  }

  /** Ends all processes; what is left of them is a mistake of the kernel. */
  async close(): Promise<string[]> {
    // A supervisor may have lost a child here, and started it again there, before its own turn came.
    while ((await this.all('close')).some((ended) => ended !== 0)) await this.#settle();
    return ((await this.all('leftovers')) as string[][]).flat();
  }

  /** Waits until nothing can run and nobody is inside a callback; timers fire only as far as that needs. */
  async quiet(): Promise<void> {
    for (;;) {
      const statuses = await this.#settle();
      if (!statuses.some(({ inside }) => inside)) return;
      const next = nextOf(statuses);
      if (next === undefined) return;
      await this.#advance(next);
    }
  }

  /** Lets time pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = nextOf(await this.#settle());
      if (next === undefined || next > end) break;
      await this.#advance(next);
    }
    await this.#advance(end);
    await this.quiet();
  }

  /**
   * Waits until nothing can run and no signal is under way. Each site answers when it is idle; if then everything that one has
   * sent to another by the time of its answer is what the other had received by the time of its own, neither can have been
   * woken in between.
   */
  async #settle(): Promise<Status[]> {
    for (;;) {
      const statuses = (await this.all('status')) as unknown as Status[];
      const underWay = statuses.some(({ sent }, from) => sent.some((count, to) => count !== (statuses[to] as Status).received[from]));
      if (underWay) continue;
      this.crossed = statuses.reduce((sum, { signals }) => sum + signals, 0);
      return statuses;
    }
  }

  async #advance(time: number): Promise<void> {
    this.#now = time;
    this.sites.setTime(time);
    await this.all('advance', time);
  }
}

function nextOf(statuses: readonly Status[]): number | undefined {
  const times = statuses.flatMap(({ next }) => (next === null ? [] : [next]));
  return times.length === 0 ? undefined : Math.min(...times);
}
