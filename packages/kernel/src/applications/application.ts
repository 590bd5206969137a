import type { StandardSchemaV1 as Schema } from '@standard-schema/spec';
import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { Later } from '../behaviours/types.js';
import type { Ignore } from '../outcome.js';
import type { SupervisorSpec } from '../supervision/supervise.js';
import { Supervisor } from '../supervision/supervisor.js';
import { ApplicationServer } from './application-server.js';
import { readConfig } from './config.js';

/** Carries the type of the configuration. Type level only. */
declare const configuration: unique symbol;

/** Any application's instance. */
export interface AnyApplication {
  readonly [configuration]: unknown;
  children(config: never): unknown;
}

/** The class of an application, and what it says about itself. */
export interface ApplicationClass {
  new (): AnyApplication;
  readonly name: string;
  readonly applications?: readonly ApplicationClass[];
  readonly config?: Schema | undefined;
  readonly env?: { readonly [key: string]: string } | undefined;
  readonly startPhases?: readonly string[];
  readonly stopTimeoutMs?: number;
}

/**
 * A part of a program that is started and stopped as a whole: a supervision tree with a configuration, and what it needs to
 * be there. `startApplications([Shop])` starts it and all that it depends on; it is also a child like any other, among those
 * of `defineApplication` (which describes a whole node that serves sockets) or of a supervisor, after the children that it
 * needs. OTP: `application`, with its callback module.
 */
export abstract class Application<C = object> extends Supervisor {
  static override readonly [BASE] = true;
  declare readonly [configuration]: C;
  /** Applications that are started before this one and stopped after it. OTP: key `applications`. */
  static readonly applications?: readonly ApplicationClass[];
  /** Checks the configuration and fills in defaults: a Standard Schema. OTP: key `env`. */
  static readonly config?: Schema | undefined;
  /** Keys of the configuration that an environment variable gives, unless given otherwise: `{ port: 'PORT' }`. */
  static readonly env?: { readonly [key: string]: string } | undefined;
  /** Names for `startPhase`, in order. OTP: key `start_phases`. */
  static readonly startPhases?: readonly string[];
  /** How long it may take to stop when `startApplications` is stopped; then it is killed. Default: all the time that is left. */
  static readonly stopTimeoutMs?: number;

  #config: C | undefined;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => Application;
    return new ServerBehaviour(Class.name, ApplicationServer, (proc) => new ApplicationServer(proc, Class as never), true, true);
  }

  /** Reads the configuration: what it is given goes over the environment. A subclass gives its `children`. */
  override async init(given?: object): Promise<SupervisorSpec | Ignore> {
    const config = (await readConfig(this.constructor as unknown as ApplicationClass, given)) as C;
    this.#config = config;
    return this.children(config);
  }

  /** The supervision tree. OTP: `start/2`. */
  abstract children(config: C): Later<SupervisorSpec | Ignore>;

  /** After all children were started, for each of `startPhases` in order; an error fails the start. OTP: `start_phase/3`. */
  startPhase(_phase: string): Later<void> {}

  /** Before the children are stopped; not when the tree has given up by itself. An error is reported. OTP: `prep_stop/1`. */
  prepareStop(): Later<void> {}

  /** After the children were stopped. An error is reported. OTP: `stop/1`. */
  stopped(): Later<void> {}

  /** The configuration, as checked. */
  protected get config(): C {
    return this.#config as C;
  }
}
