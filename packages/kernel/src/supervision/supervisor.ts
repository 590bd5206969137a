import type { Behaviour } from '../behaviours/behaviour.js';
import { makeBehaviour } from '../behaviours/launch.js';
import { Process } from '../behaviours/process.js';
import { BASE } from '../behaviours/request-table.js';
import { ServerBehaviour } from '../behaviours/server.js';
import type { AnyProcess, Later, Ref } from '../behaviours/types.js';
import { MisuseError, StartError } from '../errors.js';
import { Handle } from '../identity/handle.js';
import type { Name } from '../identity/name.js';
import type { Pid, ProcessId } from '../identity/pid.js';
import type { Ignore } from '../outcome.js';
import { current } from '../process/current.js';
import type { Proc } from '../process/proc.js';
import { relay } from '../process/resume.js';
import { kernel } from '../runtime.js';
import { type Child, type ChildSpec, type CustomChild, childSpecs, describeChild, SUPERVISOR } from './child-spec.js';
import type { AdminResult, ChildAdminCode, ChildCounts, ChildGroup, ChildInfo, Refusal } from './children.js';
import { NamedChildren } from './named-children.js';
import type { StartOutcome } from './start-child.js';
import { checkOptions, type SupervisorSpec } from './supervise.js';
import { SupervisorServer } from './supervisor-server.js';
import { TemplateChildren } from './template-children.js';

export type SupervisorRef = Pid | Name;

/** A request to a supervisor about a child that it cannot fulfil. OTP: `{error, not_found | running | restarting}`. */
export class ChildError extends Error {
  override readonly name = 'ChildError';
  readonly code: ChildAdminCode;
  constructor(code: ChildAdminCode, id: unknown) {
    super(`child ${String(id)}: ${code.replaceAll('_', ' ')}`);
    this.code = code;
  }
}

/**
 * Starts its children in order, watches them, and restarts them by its strategy; stops them in reverse order. Decisions,
 * reasons and orders are OTP's. Subclasses give the children: `init(args) { return supervise({ children: [...] }); }`.
 */
export abstract class Supervisor extends Process {
  static override readonly [BASE] = true;
  /** @internal */
  static readonly [SUPERVISOR] = true;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => Supervisor;
    return new ServerBehaviour(
      Class.name,
      SupervisorServer,
      (proc) => new SupervisorServer(proc, Class, (spec) => childGroup(proc, spec as SupervisorSpec)),
      true,
      true,
    );
  }

  abstract override init(args: never): Later<SupervisorSpec | Ignore>;

  /** Adds a child and starts it. Rejects with a `StartError`: what its `init` said, `already_started` or `already_present`. */
  static startChild<S extends AnyProcess>(supervisor: SupervisorRef, child: Child<S> | CustomChild): Promise<Ref<S> | undefined> {
    return answered(
      supervisor,
      ['startChild', child],
      (outcome: StartOutcome) => started(outcome, describeChild(child)) as Ref<S> | undefined,
    );
  }

  /** Starts a child that is not running. Rejects with a `ChildError` (`not_found`, `running`, `restarting`) or a `StartError`. */
  static restartChild(supervisor: SupervisorRef, id: string): Promise<Pid | undefined> {
    return answered(supervisor, ['restartChild', id], (outcome: StartOutcome | Refusal) => {
      if (!outcome.ok && !('reason' in outcome)) throw new ChildError(outcome.code, id);
      return started(outcome as StartOutcome, `child '${id}'`);
    });
  }

  /** Stops a child; it stays known unless it is temporary. Under `simpleOneForOne` children are named by pid. */
  static terminateChild(supervisor: SupervisorRef, id: string | Pid): Promise<void> {
    return answered(supervisor, ['terminateChild', id], (result: AdminResult) => admin(result, id));
  }

  /** Forgets a child that is not running. */
  static deleteChild(supervisor: SupervisorRef, id: string): Promise<void> {
    return answered(supervisor, ['deleteChild', id], (result: AdminResult) => admin(result, id));
  }

  /** The children, in start order. */
  static whichChildren(supervisor: SupervisorRef): Promise<ChildInfo[]> {
    return request(supervisor, 'whichChildren') as Promise<ChildInfo[]>;
  }

  static countChildren(supervisor: SupervisorRef): Promise<ChildCounts> {
    return request(supervisor, 'countChildren') as Promise<ChildCounts>;
  }

  /**
   * The spec of a child with its defaults filled in, by its id; under `simpleOneForOne` by the child's pid too. Rejects with
   * `not_found`. OTP: `get_childspec/2`.
   */
  static getChildSpec(supervisor: SupervisorRef, id: string | Pid): Promise<ChildSpec> {
    return answered(supervisor, ['getChildSpec', id], (spec: ChildSpec | undefined) => {
      if (spec === undefined) throw new ChildError('not_found', id);
      return spec;
    });
  }
}

function request(supervisor: SupervisorRef, name: string, ...args: unknown[]): Promise<unknown> {
  const target = supervisor instanceof Handle ? supervisor.target : (supervisor as ProcessId | Name);
  return new Handle(kernel(), target, Number.POSITIVE_INFINITY).call(name, ...args);
}

/** A request whose answer says how it went: `read` makes the result of it, or throws. */
function answered<A, R>(supervisor: SupervisorRef, [name, arg]: [name: string, arg: unknown], read: (answer: A) => R): Promise<R> {
  return relay(current, request(supervisor, name, arg) as Promise<A>, read);
}

function started(outcome: StartOutcome, what: string): Pid | undefined {
  if (!outcome.ok) throw new StartError(outcome.code, outcome.reason, what, outcome.pid);
  return outcome.pid ?? undefined;
}

function admin(result: AdminResult, id: unknown): void {
  if (!result.ok) throw new ChildError(result.code, id);
}

export function childGroup(proc: Proc, spec: SupervisorSpec): ChildGroup {
  if (!Array.isArray(spec.children))
    throw new MisuseError('bad_child_spec', `init: expected supervise({ children: [...] }), got ${JSON.stringify(spec)}`);
  const options = checkOptions(spec);
  const specs = childSpecs(spec.children, options.autoShutdown);
  if (options.strategy !== 'simpleOneForOne') return new NamedChildren(proc, options, specs);
  const [template] = specs;
  if (template === undefined || specs.length > 1) {
    throw new MisuseError('bad_child_spec', `strategy 'simpleOneForOne': expected one child, the template, got ${specs.length}`);
  }
  return new TemplateChildren(proc, options, template);
}
