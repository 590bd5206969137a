import { MisuseError } from '../errors.js';
import { Stop } from '../outcome.js';
import type { Proc } from '../process/proc.js';
import { awaitPromise } from '../process/wait.js';
import { reportStrayError } from '../reports.js';
import type { Consequence, Steps } from '../supervision/children.js';
import type { SupervisorSpec } from '../supervision/supervise.js';
import { childGroup } from '../supervision/supervisor.js';
import { SupervisorServer } from '../supervision/supervisor-server.js';
import type { Application } from './application.js';

/** The process of an application: its top supervisor, which also does what comes before and after. */
export class ApplicationServer extends SupervisorServer {
  readonly #phases: readonly string[];
  #gaveUp = false;

  constructor(proc: Proc, Class: (new () => Application) & { readonly startPhases?: readonly string[] }) {
    super(proc, Class, (spec) => childGroup(proc, spec as SupervisorSpec));
    this.#phases = Class.startPhases ?? [];
    if (!Array.isArray(this.#phases)) throw new MisuseError('bad_option', `${Class.name}.startPhases: expected a list of names`);
  }

  get #application(): Application {
    return this.user as Application;
  }

  override *init(args: unknown): Steps<unknown> {
    const refusal = yield* super.init(args);
    if (refusal !== undefined) return refusal;
    try {
      for (const phase of this.#phases) yield* this.#await(this.#application.startPhase(phase));
    } catch (error) {
      if (this.proc.alive) yield* super.terminate();
      throw error;
    }
    return undefined;
  }

  override handleInfo(message: unknown): Consequence | Steps<Consequence> {
    return this.#watch(super.handleInfo(message));
  }

  override tryAgain(key: unknown): Consequence | Steps<Consequence> {
    return this.#watch(super.tryAgain(key));
  }

  override *terminate(): Steps {
    if (!this.#gaveUp) yield* this.#attempt(() => this.#application.prepareStop());
    yield* super.terminate();
    yield* this.#attempt(() => this.#application.stopped());
  }

  #watch(consequence: Consequence | Steps<Consequence>): Consequence | Steps<Consequence> {
    if (consequence !== undefined && !(consequence instanceof Stop)) return this.#watchSteps(consequence);
    if (consequence !== undefined) this.#gaveUp = true;
    return consequence;
  }

  *#watchSteps(steps: Steps<Consequence>): Steps<Consequence> {
    const consequence = yield* steps;
    if (consequence !== undefined) this.#gaveUp = true;
    return consequence;
  }

  *#await(result: unknown): Steps {
    if (result instanceof Promise) yield* awaitPromise(this.proc, result);
  }

  *#attempt(act: () => unknown): Steps {
    try {
      yield* this.#await(act());
    } catch (error) {
      if (!this.proc.alive) throw error;
      reportStrayError(error);
    }
  }
}
