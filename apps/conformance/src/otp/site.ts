import type { VirtualHost } from '@rekindle/testing';
import { GenServerSite } from './gen-server-site.js';
import type { Json } from './json.js';
import { object, text } from './json.js';
import { ProcessSite } from './process-site.js';
import { RegistrySite } from './registry-site.js';
import { SupervisorSite } from './supervisor-site.js';
import { type Errands, type Ground, World } from './world.js';

/** What a family's processes on one site can be asked to do, by name; arguments and answers are JSON. */
export interface FamilySite {
  readonly requests: { readonly [name: string]: (args: never) => Json | Promise<Json> };
  readonly errands: Errands;
}

const families: { readonly [family: string]: new (world: World, scenario: never) => FamilySite } = {
  gen_server: GenServerSite,
  process: ProcessSite,
  registry: RegistrySite,
  supervisor: SupervisorSite,
};

/** How far a site is; see `Stage.quiet`. */
export interface Status {
  readonly inside: boolean;
  /** When the next timer is due; null if none is. */
  readonly next: number | null;
  /** Frames sent to and received from each site, ever. */
  readonly sent: readonly number[];
  readonly received: readonly number[];
  /** How many of those sent were signals of the kernel. */
  readonly signals: number;
}

export interface Traffic {
  readonly sent: number[];
  readonly received: number[];
  signals: number;
}

/** A part of a scenario's processes: all of them, or those of one thread. Does what the stage says. */
export class Site {
  readonly #ground: Ground;
  readonly #host: VirtualHost;
  readonly #traffic: Traffic;
  #world!: World;
  #family!: FamilySite;

  constructor(ground: Ground, host: VirtualHost, traffic: Traffic) {
    this.#ground = ground;
    this.#host = host;
    this.#traffic = traffic;
  }

  get world(): World {
    return this.#world;
  }

  async request(name: string, args: Json): Promise<Json> {
    switch (name) {
      case 'prepare': {
        const scenario = object(args);
        this.#world = new World(this.#ground);
        this.#family = new (families[text(scenario.family)] as new (world: World, scenario: unknown) => FamilySite)(this.#world, scenario);
        return null;
      }
      case 'open':
        this.#world.open(this.#family.errands);
        return null;
      case 'close':
        return this.#world.close();
      case 'leftovers':
        return this.#world.leftovers();
      case 'status':
        return (await this.#status()) as unknown as Json;
      case 'advance':
        this.#host.advanceTo(args as number);
        return null;
      case 'siteOf':
        return this.#world.siteOf(text(args)) ?? null;
      default:
        return (this.#family.requests[name] as (args: Json) => Json | Promise<Json>)(args);
    }
  }

  async #status(): Promise<Status> {
    await this.#world.settled();
    return { inside: this.#world.inside, next: this.#host.nextTimer ?? null, ...this.#traffic };
  }
}
