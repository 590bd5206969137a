import { Context } from '../behaviours/context.js';
import { type Launchable, startProcess } from '../behaviours/launch.js';
import { spawnPlain } from '../behaviours/spawn.js';
import { classNameOf } from '../classes.js';
import { MisuseError, StartError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import type { Pid } from '../identity/pid.js';
import type { Exit } from '../messages.js';
import { current } from '../process/current.js';
import { die } from '../process/death.js';
import { linksOf } from '../process/links.js';
import type { Proc } from '../process/proc.js';
import { relay } from '../process/resume.js';
import { kernel } from '../runtime.js';
import { ChildError } from '../supervision/supervisor.js';
import { Timeout } from '../timers/timeout.js';
import { Application, type ApplicationClass } from './application.js';
import { startOrder } from './start-order.js';

/** What the end of an application means: the end of all (`transient`: unless its reason is `normal`), or nothing for the others. */
export type ApplicationType = 'permanent' | 'transient' | 'temporary';

export interface ApplicationsOptions {
  /** Configurations by the application's name; they go over what the environment says. */
  readonly config?: { readonly [application: string]: object };
  /** Default `'permanent'`, as in a release. */
  readonly type?: ApplicationType;
  /** How long each application may take to start, in milliseconds. Default: no limit. */
  readonly startTimeoutMs?: number;
  /** How long stopping may take altogether; what is left then is killed. Default 30,000 ms. */
  readonly stopTimeoutMs?: number;
}

/** How it ended. */
export interface ApplicationsExit {
  /** For `process.exitCode`: 0 stopped when asked; 1 so, but something had to be killed; 70 an application ended by itself. */
  readonly code: 0 | 1 | 70;
  /** The application that ended, and why. */
  readonly application?: string;
  readonly reason?: ExitReason;
}

export interface ApplicationInfo {
  readonly name: string;
  readonly type: ApplicationType;
  readonly pid: Pid;
}

interface Running extends ApplicationInfo {
  readonly Class: ApplicationClass;
  /** Somebody waits for its end. */
  ended: ((reason: ExitReason) => void) | null;
}

const EXIT_FATAL = 70;
const DEFAULT_STOP_TIMEOUT_MS = 30_000;

/**
 * Starts applications, each after those it depends on. Rejects with a `StartError` if one cannot be started: those that this
 * call has started are stopped again. An application that ends takes the others along, by its `type`. OTP:
 * `application:ensure_all_started/2`.
 */
export function startApplications(
  applications: readonly ApplicationClass[],
  options: ApplicationsOptions = {},
): Promise<RunningApplications> {
  const { stopTimeoutMs = DEFAULT_STOP_TIMEOUT_MS } = options;
  if (typeof stopTimeoutMs !== 'number' || !(stopTimeoutMs >= 0)) {
    throw new MisuseError('bad_option', `stopTimeoutMs: expected milliseconds from 0, got ${String(stopTimeoutMs)}`);
  }
  const running = new RunningApplications(stopTimeoutMs);
  const failed = async (error: unknown): Promise<never> => {
    await running.stop();
    throw error;
  };
  try {
    return relay(current, running.start(applications, options).catch(failed), () => running);
  } catch (error) {
    void running.stop();
    throw error;
  }
}

/** The applications of a program. OTP: the application controller. */
export class RunningApplications {
  /** Settles when all have ended: because `stop` was called, or because one has ended that the others cannot do without. */
  readonly exited: Promise<ApplicationsExit>;
  /** The process that the applications are linked to. */
  readonly #proc: Proc;
  readonly #context: Context<Exit>;
  readonly #stopTimeoutMs: number;
  /** In the order in which they were started. */
  #running: Running[] = [];
  /** Ends that were heard of before the start. */
  readonly #early = new WeakMap<Pid, ExitReason>();
  /** One start or stop at a time. */
  #before: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #overdue = false;
  #killed = false;
  #settle: (exit: ApplicationsExit) => void = () => {};

  /** @internal Use `startApplications`. */
  constructor(stopTimeoutMs: number) {
    this.#stopTimeoutMs = stopTimeoutMs;
    this.exited = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const heard = (exit: Exit): void => this.#ended(exit);
    const { pid } = spawnPlain<Exit>(
      kernel(),
      null,
      function* (context) {
        for (;;) heard(yield* context.receive());
      },
      { trapExit: true },
    );
    this.#proc = pid.proc;
    this.#context = new Context(pid.proc);
  }

  /** The applications that run, in the order in which they were started. OTP: `which_applications/0`. */
  which(): ApplicationInfo[] {
    return this.#running.map(({ name, type, pid }) => ({ name, type, pid }));
  }

  /** Starts more of them, and what they depend on; rejects as `startApplications` does. */
  start(applications: readonly ApplicationClass[], options: Omit<ApplicationsOptions, 'stopTimeoutMs'> = {}): Promise<void> {
    const { type = 'permanent' } = options;
    if (!['permanent', 'transient', 'temporary'].includes(type)) {
      throw new MisuseError('bad_option', `type: expected 'permanent', 'transient' or 'temporary', got ${String(type)}`);
    }
    for (const Class of applications) {
      if (typeof Class !== 'function' || !(Class.prototype instanceof Application)) {
        const came = typeof Class === 'function' ? `class ${Class.name}` : String(Class);
        throw new MisuseError('bad_child_spec', `expected classes that extend Application, got ${came}`);
      }
    }
    const order = startOrder(applications);
    if (this.#stopping) return Promise.reject(new StartError('init_failed', 'shutdown', applications.map(({ name }) => name).join(', ')));
    return relay(
      current,
      this.#oneAtATime(() => this.#startAll(order, type, options)),
      () => undefined,
    );
  }

  /** Stops one; those that depend on it are left alone, as in OTP. Rejects with a `ChildError` `not_found`. OTP: `application:stop/1`. */
  stopApplication(Class: ApplicationClass): Promise<void> {
    const stopped = this.#oneAtATime(async () => {
      const app = this.#running.find((running) => running.Class === Class);
      if (app === undefined) throw new ChildError('not_found', Class.name);
      await this.#stopOne(app);
    });
    return relay(current, stopped, () => undefined);
  }

  /** Stops all, the last started first, and tells how that went. A second call waits for the first. OTP: `init:stop/0`. */
  stop(): Promise<ApplicationsExit> {
    this.#stopAll({ code: 0 });
    return relay(current, this.exited, (exit) => exit);
  }

  async #startAll(order: readonly ApplicationClass[], type: ApplicationType, options: ApplicationsOptions): Promise<void> {
    const { config = {}, startTimeoutMs } = options;
    const started: Running[] = [];
    for (const Class of order) {
      if (this.#stopping) throw new StartError('init_failed', 'shutdown', Class.name);
      if (this.#running.some((running) => running.Class === Class)) continue;
      const name = classNameOf(Class as unknown as Launchable);
      let pid: Pid | undefined;
      try {
        const timeout = startTimeoutMs === undefined ? undefined : { timeoutMs: startTimeoutMs };
        pid = await startProcess(this.#proc.kernel, this.#proc, true, Class as unknown as Launchable, config[name], timeout);
      } catch (error) {
        for (const app of started.reverse()) await this.#stopOne(app);
        throw error;
      }
      if (pid === undefined) continue;
      const app: Running = { Class, name, type, pid, ended: null };
      this.#running.push(app);
      started.push(app);
      const early = this.#early.get(pid);
      if (early !== undefined) this.#ended({ type: 'EXIT', pid, reason: early });
    }
  }

  #ended({ pid, reason }: Exit): void {
    const app = this.#running.find((running) => running.pid === pid);
    if (app === undefined) {
      this.#early.set(pid, reason);
      return;
    }
    this.#running = this.#running.filter((running) => running !== app);
    if (app.ended !== null) app.ended(reason);
    else if (app.type === 'permanent' || (app.type === 'transient' && reason !== 'normal')) {
      this.#stopAll({ code: EXIT_FATAL, application: app.name, reason });
    }
  }

  #stopAll(exit: ApplicationsExit): void {
    if (this.#stopping) return;
    this.#stopping = true;
    const deadline = new Timeout(this.#proc, this.#stopTimeoutMs, () => {
      this.#overdue = true;
      this.#killed = true;
      for (const pid of linksOf(this.#proc)) this.#context.exit(pid, 'kill');
    });
    void this.#oneAtATime(async () => {
      for (let app = this.#running.at(-1); app !== undefined; app = this.#running.at(-1)) await this.#stopOne(app);
      deadline.drop();
      die(this.#proc, 'normal');
      this.#settle(exit.code === 0 && this.#killed ? { code: 1 } : exit);
    });
  }

  #stopOne(app: Running): Promise<void> {
    if (!this.#running.includes(app)) return Promise.resolve();
    return new Promise((resolve) => {
      const { stopTimeoutMs = Number.POSITIVE_INFINITY } = app.Class;
      const timeout = new Timeout(this.#proc, stopTimeoutMs, () => {
        this.#killed = true;
        this.#context.exit(app.pid, 'kill');
      });
      app.ended = () => {
        timeout.drop();
        resolve();
      };
      this.#context.exit(app.pid, this.#overdue ? 'kill' : 'shutdown');
    });
  }

  #oneAtATime<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#before.then(act);
    this.#before = done.catch(() => {});
    return done;
  }
}
