import {
  type AnyProcess,
  type Child,
  type Pid,
  type Ref,
  Supervisor,
  type SupervisorOptions,
  type SupervisorSpec,
  supervise,
} from '@rekindle/kernel';
import { world } from './world.js';

/** The part of an application that runs without a port. What `defineApplication` answers has more. */
export interface TestApplication extends SupervisorOptions {
  readonly children: readonly unknown[];
}

/** The application's children under a supervisor, as on a node. */
class ApplicationSupervisor extends Supervisor {
  override init(application: TestApplication): SupervisorSpec {
    return supervise(application as SupervisorOptions & { children: [] });
  }
}

/**
 * Starts a child under the test's supervisor, and resolves when its `init` is done: a class, `{ start, args, name, ... }`, or
 * a whole application. It is restarted as its spec says, and stopped in order when the test ends. Rejects with what its
 * start failed with. ExUnit: `start_supervised!`.
 */
export function startSupervised<S extends AnyProcess>(child: Child<S>): Promise<Ref<S>>;
export function startSupervised(application: TestApplication): Promise<Ref<Supervisor>>;
export async function startSupervised(what: TestApplication | object): Promise<Ref<never>> {
  const supervisor = await world().supervisor();
  const child = 'children' in what ? applicationChild(what) : what;
  const started = await Supervisor.startChild(supervisor, child as Child<AnyProcess>);
  if (started === undefined) throw new Error('startSupervised: expected a child that starts, its init answered ignore');
  return started as Ref<never>;
}

function applicationChild({ children, strategy, maxRestarts, maxSeconds, backoff, autoShutdown }: TestApplication): unknown {
  const given = Object.entries({ strategy, maxRestarts, maxSeconds, backoff, autoShutdown }).filter(([, value]) => value !== undefined);
  return { start: ApplicationSupervisor, id: 'application', args: { ...Object.fromEntries(given), children } };
}

/**
 * Stops what `startSupervised` has started, by the id of its spec, its class or its reference. Rejects with a `ChildError` if
 * there is no such child. ExUnit: `stop_supervised!`.
 */
export async function stopSupervised(child: string | Pid | { readonly name: string }): Promise<void> {
  const supervisor = await world().supervisor();
  let id: string | undefined;
  if (typeof child === 'string') id = child;
  else if (typeof child === 'function') id = child.name;
  else id = (await Supervisor.whichChildren(supervisor)).find(({ pid }) => pid === child || String(pid) === String(child))?.id as string;
  await Supervisor.terminateChild(supervisor, id ?? String(child));
  await Supervisor.deleteChild(supervisor, id ?? String(child));
}
