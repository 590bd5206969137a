import {
  type Context,
  type CustomChild,
  type ExitReason,
  exit,
  GenServer,
  ignore,
  type Pid,
  type Ref,
  register,
  type StartFunction,
  Supervisor,
  type SupervisorSpec,
  sleep,
  spawn,
  stop,
  supervise,
} from '@rekindle/kernel';
import { array, type Json, type JsonObject, number, object, text } from './json.js';
import type { FamilySite } from './site.js';
import { decode, decodeReason, encode, encodeStartError, Raised, type StartRefused } from './values.js';
import type { World } from './world.js';

const STRATEGY = {
  one_for_one: 'oneForOne',
  one_for_all: 'oneForAll',
  rest_for_one: 'restForOne',
  simple_one_for_one: 'simpleOneForOne',
} as const;
const AUTO = { never: 'never', any_significant: 'anySignificant', all_significant: 'allSignificant' } as const;

let world: World;

interface WorkerArgs {
  readonly spec: JsonObject;
  readonly id: string;
  readonly n: number;
  readonly script: Json[];
}

/** A worker of a scenario's tree. */
class Worker extends GenServer<{ info: { do: Json[] } }> {
  #args!: WorkerArgs;

  override async init(args: WorkerArgs) {
    this.#args = args;
    if (args.spec.trap_exit === true) this.trapExit(true);
    world.name(this.self, label(args.id, args.n));
    let script = args.script;
    while (script[0] === 'delay') {
      await sleep(number(script[1]));
      script = array(script[2]);
    }
    return this.#initAs(script);
  }

  #initAs([kind, value]: Json[]) {
    const { id, n } = this.#args;
    if (kind === 'ok' || kind === 'ok_info') {
      world.current(id, this.self);
      world.started(this.self);
      world.watch(this.self);
      world.note(['start', id, n]);
      return;
    }
    world.note(['init_fail', id, n, kind as string]);
    switch (kind) {
      case 'ignore':
        return ignore();
      case 'error':
        return stop(decodeReason(value as Json));
      case 'crash':
        throw new Raised(value as Json);
      default:
        return exit(decodeReason(value as Json));
    }
  }

  do(action: Json[]): unknown {
    const [kind, value] = action;
    switch (kind) {
      case 'after':
        this.sendAfter(number(value), { do: array(action[2]) });
        return undefined;
      case 'stop':
        return stop(decodeReason(value as Json));
      case 'exit':
        return exit(decodeReason(value as Json));
      case 'error':
        throw new Raised(value as Json);
      case 'throw':
      case 'bad':
        throw decode(value as Json);
      case 'kill':
        return this.exit(this.self, 'kill');
      case 'self_signal':
        return this.exit(this.self, decodeReason(value as Json));
      case 'unlink_parent':
        return this.unlink(parentOf(this.self));
      default:
        return undefined;
    }
  }

  override handleInfo(message: { do: Json[] } | { type: string }) {
    if ('do' in message) return this.do(message.do) as undefined;
    if (message.type === 'EXIT') {
      const { pid, reason } = message as unknown as { pid: Pid; reason: ExitReason };
      const from = world.label(pid);
      world.note(['info_exit', this.#args.id, this.#args.n, from === '?' ? 'other' : from, encode(reason, world)]);
    }
    return;
  }

  override async terminate(reason: ExitReason) {
    const { id, n, spec } = this.#args;
    world.note(['terminate', id, n, encode(reason, world)]);
    const [kind, value] = array(spec.terminate ?? ['ok']);
    if (kind === 'sleep') {
      await sleep(number(value));
      world.note(['terminated', id, n]);
    } else if (kind === 'exit') exit(decodeReason(value as Json));
    else if (kind === 'crash') throw new Raised(value as Json);
  }
}

class Tree extends Supervisor {
  override init({ spec, id, n }: { spec: JsonObject; id: string; n: number }): SupervisorSpec {
    world.name(this.self, label(id, n));
    world.current(id, this.self);
    world.watch(this.self);
    world.note(['sup_init', id, n]);
    const sup = object(spec.sup);
    return supervise({
      strategy: STRATEGY[(sup.strategy ?? 'one_for_one') as keyof typeof STRATEGY],
      maxRestarts: number(sup.intensity ?? 1),
      maxSeconds: number(sup.period ?? 5),
      autoShutdown: AUTO[(sup.auto_shutdown ?? 'never') as keyof typeof AUTO],
      children: array(sup.children).map((child) => childSpec(object(child))),
    });
  }
}

register(Worker, Tree);

function label(id: string, n: number): string {
  return `${id}#${n}`;
}

function parentOf(pid: Pid): Pid {
  return (pid as unknown as { proc: { parent: Pid } }).proc.parent;
}

function childSpec(child: JsonObject): CustomChild {
  const { restart, shutdown, significant, type } = child;
  return {
    id: text(child.id),
    start: child.sup === undefined ? startWorker(child) : startTree(child),
    type: (type ?? (child.sup === undefined ? 'worker' : 'supervisor')) as 'worker' | 'supervisor',
    ...(restart === undefined ? {} : { restart: restart as 'permanent' }),
    ...(shutdown === undefined ? {} : { shutdown: shutdown === 'brutal_kill' ? 'brutalKill' : (shutdown as number | 'infinity') }),
    ...(significant === undefined ? {} : { significant: significant as boolean }),
  };
}

function startTree(spec: JsonObject): StartFunction {
  return async (name) => {
    const id = (name as string | undefined) ?? text(spec.id);
    const ref = await Tree.startLink({ spec, id, n: world.nextStart(id) }, { thread: world.placeOf(id) });
    world.started(ref);
    return ref;
  };
}

function startWorker(spec: JsonObject): StartFunction {
  return (name) => {
    const id = (name as string | undefined) ?? text(spec.id);
    const n = world.nextStart(id);
    const inits = array(spec.init ?? [['ok']]);
    const script = array(inits[Math.min(n, inits.length) - 1]);
    const [kind, value] = script;
    if (kind === 'bad_return' || kind === 'start_error') {
      world.note(['init_fail', id, n, kind]);
      throw { start_refused: decode(value as Json) } satisfies StartRefused;
    }
    return Worker.startLink({ spec, id, n, script }, { thread: world.placeOf(id) }).then((ref) => {
      if (ref !== undefined && kind === 'ok_info') return { ref, info: decode(value as Json) };
      return ref;
    });
  };
}

type Job = (context: Context<unknown>) => Promise<void>;

/** The part of a tree that runs on one site. On the first one there is also the process that starts it, root's parent. */
export class SupervisorSite implements FamilySite {
  readonly errands = {};
  readonly #tree: JsonObject;
  #starter: Pid<{ job: Job }> | null = null;
  #result: Json = 'ok';

  constructor(into: World, scenario: JsonObject) {
    world = into;
    this.#tree = object(scenario.tree);
  }

  readonly requests = {
    start: (): Json => this.#start(),
    result: (): Json => this.#result,
    parentSignal: (op: JsonObject): Json => {
      const target = world.resolve(text(op.target)) as Pid;
      this.#starter?.send({ job: async (context) => context.exit(target, decodeReason(op.reason as Json)) });
      return null;
    },
    isAlive: (target: string): Json => world.isAlive(world.resolve(target) as Pid),
    cast: (op: JsonObject): Json => {
      (world.resolve(text(op.target)) as Ref<Worker>).cast('do', array(op.do));
      return null;
    },
    signal: (op: JsonObject): Json => {
      exit(world.resolve(text(op.target)) as Pid, decodeReason(op.reason as Json));
      return null;
    },
    admin: (op: JsonObject): Promise<Json> => admin(op, world.resolve(text(op.sup)) as Pid),
    report: (): Json => ({
      events: world.takeNotes() as unknown as Json,
      downs: world.takeDowns().map(({ stamp, pid, reason }) => ({ stamp, entry: [world.label(pid), encode(reason, world)] })),
      alive: world.living(),
    }),
  };

  /** Starts the tree; `result` says later how that went. */
  #start(): Json {
    this.#starter = spawn<{ job: Job }>(async (context) => {
      context.trapExit(true);
      for (;;) {
        const message = (await context.receive()) as { job?: Job };
        await message.job?.(context as Context<unknown>);
      }
    });
    const id = text(this.#tree.id);
    this.#starter.send({
      job: async (context) => {
        this.#result = await context.startLink(Tree, { spec: this.#tree, id, n: world.nextStart(id) }, { thread: world.placeOf(id) }).then(
          (ref) => {
            world.started(ref);
            return { t: ['ok', encode(ref, world)] };
          },
          (error: { code: string; reason: unknown }) => ({ t: ['error', encodeStartError(error, world)] }),
        );
      },
    });
    return null;
  }
}

/** The supervisor calls, with everything the supervisor answers. */
async function admin(op: JsonObject, target: Pid): Promise<Json> {
  const request = (name: string, ...args: unknown[]): Promise<unknown> =>
    (target as unknown as { within(ms: number): { call(name: string, ...args: unknown[]): Promise<unknown> } })
      .within(Number.POSITIVE_INFINITY)
      .call(name, ...args);
  const child = op.child;
  const key =
    typeof child === 'object' && child !== null && !Array.isArray(child) && 'pid' in child ? world.resolve(text(child.pid)) : child;
  try {
    switch (op.op) {
      case 'start_child':
        return outcome(await request('startChild', child === undefined ? op.name : childSpec(object(child))));
      case 'restart_child':
        return outcome(await request('restartChild', key));
      case 'terminate_child':
        return outcome(await request('terminateChild', key));
      case 'delete_child':
        return outcome(await request('deleteChild', key));
      case 'which_children': {
        const children = (await request('whichChildren')) as { id?: string; pid: unknown; type: string }[];
        return children.map(({ id, pid, type }) => [id ?? 'undefined', encode(pid, world), type] as Json[]).sort(erlangOrder);
      }
      case 'count_children':
        return (await request('countChildren')) as Json;
      default: {
        const spec = (await request('getChildSpec', key)) as JsonObject | undefined;
        if (spec === undefined) return { t: ['error', 'not_found'] };
        const { id, restart, shutdown, significant, type } = spec;
        return {
          t: [
            'ok',
            {
              childspec: {
                id: id as Json,
                restart: restart as Json,
                shutdown: shutdown === 'brutalKill' ? 'brutal_kill' : (shutdown as Json),
                significant: significant as Json,
                type: type as Json,
              },
            },
          ],
        };
      }
    }
  } catch (error) {
    return { exit: encode(error, world) };
  }
}

/** Lists sort by their elements; an atom comes before a pid. */
function erlangOrder(a: Json[], b: Json[]): number {
  const key = (row: Json[]): string =>
    JSON.stringify(row.map((item) => (typeof item === 'string' ? `0${item}` : `1${JSON.stringify(item)}`)));
  return key(a) < key(b) ? -1 : 1;
}

function outcome(answer: unknown): Json {
  const { ok, code, pid, reason, info } = answer as { ok: boolean; code?: string; pid?: Pid | null; reason?: unknown; info?: unknown };
  if (ok) {
    if (pid === undefined) return 'ok';
    return { t: info === undefined ? ['ok', encode(pid, world)] : ['ok', encode(pid, world), encode(info, world)] };
  }
  return { t: ['error', encodeStartError({ code: code as string, reason, pid: pid ?? undefined }, world)] };
}
