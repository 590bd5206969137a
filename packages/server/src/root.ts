import { type Pid, Supervisor, type SupervisorOptions, type SupervisorSpec, spawn, supervise } from '@rekindle/kernel';
import { classByName, classElsewhere } from '@rekindle/kernel/internal';
import type { ApplicationSpec, ChildData } from './application-spec.js';
import type { Webhooks } from './webhooks/webhooks.js';

/**
 * The root of a node's supervision tree. It runs on the gateway and knows the application's children by name only; they run
 * on schedulers. Each scheduler's connections have a supervisor of their own beside them.
 */
class Root extends Supervisor {
  override init(spec: Pick<ApplicationSpec, 'children' | 'options'>): SupervisorSpec {
    return supervise({ ...spec.options, children: spec.children.map(childOf) } as never);
  }
}

function childOf({ className, name, thread, ...data }: ChildData): unknown {
  return {
    ...data,
    start: classByName(className) ?? classElsewhere(className),
    ...(name === undefined ? {} : { name }),
    ...(thread === undefined ? {} : { thread }),
  };
}

/** The connections' supervisors, one for each scheduler: they come and go with the threads. */
class Nodes extends Supervisor {
  override init(): SupervisorSpec {
    return supervise({ maxRestarts: 100, maxSeconds: 10, children: [] });
  }
}

export interface RunningRoot {
  /** Starts the supervisor of a scheduler's connections. */
  startConnections(thread: number): Promise<void>;
  /** Ends the tree, children in reverse order. */
  stop(): Promise<void>;
}

const CONNECTIONS = 'rekindle.ConnectionSupervisor';

/** Starts the tree; `ended` is called if it gives up. */
export async function startRoot(spec: ApplicationSpec, webhooks: Webhooks | null, ended: (reason: unknown) => void): Promise<RunningRoot> {
  let stopping = false;
  let stopped: () => void = () => {};
  return new Promise((resolve, reject) => {
    const keeper: Pid<{ type: 'stop' }> = spawn<{ type: 'stop' }>(async (context) => {
      context.trapExit(true);
      let nodes: Pid;
      let root: Pid;
      let senders: Pid | null;
      try {
        nodes = (await context.startLink(Nodes)) as Pid;
        senders = webhooks === null ? null : ((await context.startLink(webhooks.supervisor())) as Pid);
        root = (await context.startLink(Root, { children: spec.children, options: spec.options as SupervisorOptions })) as Pid;
      } catch (error) {
        reject(error);
        return;
      }
      resolve({
        startConnections: async (thread) => {
          await Supervisor.startChild(nodes, {
            id: `connections of scheduler ${thread}`,
            start: classByName(CONNECTIONS) ?? classElsewhere(CONNECTIONS),
            thread: { scheduler: thread },
            restart: 'temporary',
            shutdown: 'infinity',
          } as never);
        },
        stop: () =>
          new Promise((done) => {
            stopping = true;
            stopped = done;
            keeper.send({ type: 'stop' });
          }),
      });
      for (;;) {
        const message = (await context.receive()) as { type: string; pid?: Pid; reason?: unknown };
        if (message.type === 'stop') {
          for (const pid of [root, nodes, senders]) {
            if (pid === null) continue;
            const ref = context.monitor(pid);
            context.exit(pid, 'shutdown');
            await context.receive((down) => (down as { ref?: unknown }).ref === ref);
          }
          stopped();
          return;
        }
        if (message.type === 'EXIT' && !stopping && message.pid !== undefined && [root, nodes, senders].includes(message.pid))
          ended(message.reason);
      }
    });
  });
}
