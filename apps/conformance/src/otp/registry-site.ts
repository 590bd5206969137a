import { exit, type GroupEvent, isAlive, MisuseError, type MonitorRef, type Pid, pg, Registry, type Scope } from '@rekindle/kernel';
import { Client, newest } from './client.js';
import { array, type Json, type JsonObject, text } from './json.js';
import type { FamilySite } from './site.js';
import { decode, decodeReason, encode } from './values.js';
import type { World } from './world.js';

interface Subject {
  /** `p`: the process that acts, if the operation names one. */
  op(op: JsonObject, p: Pid | undefined): Json;
  state(): JsonObject;
  print(message: unknown): Json[];
}

/** A registry or the process groups, and the processes in them: they belong to one thread, so all are on one site. */
export class RegistrySite implements FamilySite {
  readonly errands = {};
  readonly #world: World;
  readonly #clients: Client[] = [];
  readonly #subject: Subject;
  #result: Json = null;

  constructor(world: World, scenario: JsonObject) {
    this.#world = world;
    this.#subject = scenario.kind === 'pg' ? new Groups(world) : new Keys(world, scenario);
  }

  readonly requests = {
    spawn: ({ id }: JsonObject): Json => {
      this.#clients.push(new Client(text(id), this.#world, {}));
      return null;
    },
    perform: (op: JsonObject): Json => this.#perform(op),
    result: (): Json => this.#result,
    report: (): Promise<Json> => this.#report(),
  };

  /** Null if the result is there when the site is quiet again. */
  #perform(op: JsonObject): Json {
    const client = op.p === undefined ? undefined : newest(this.#clients, text(op.p));
    if (op.op === 'exit') {
      if (client === undefined || !isAlive(client.pid)) return 'dead';
      exit(client.pid, decodeReason(op.reason as Json));
      return 'ok';
    }
    const attempt = (): Json => {
      try {
        return this.#subject.op(op, client?.pid);
      } catch (error) {
        if (error instanceof MisuseError) return { raise: 'badarg' };
        throw error;
      }
    };
    if (client === undefined || op.op === 'keys' || op.op === 'values') return attempt();
    if (!isAlive(client.pid)) return 'dead';
    this.#result = 'died';
    const site = this;
    client.tell(function* () {
      site.#result = attempt();
    });
    return null;
  }

  async #report(): Promise<Json> {
    const world = this.#world;
    const recv: JsonObject = {};
    for (const client of this.#clients) {
      if (!isAlive(client.pid)) continue;
      const mail = (await client.drain(world)).map((message) => this.#subject.print(message));
      if (mail.length > 0) recv[client.label] = mail.sort(byText);
    }
    const downs = Object.fromEntries(world.takeDowns().map(({ pid, reason }) => [world.label(pid), encode(reason, world)]));
    return { state: this.#subject.state(), recv, downs, alive: world.living().sort() };
  }
}

function byText(a: Json, b: Json): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

class Groups implements Subject {
  readonly #world: World;
  readonly #scope: Scope = pg();

  constructor(world: World) {
    this.#world = world;
  }

  op(op: JsonObject, p: Pid | undefined): Json {
    const group = op.group as string;
    switch (op.op) {
      case 'join':
        this.#scope.join(group, this.#pids(op.procs as Json));
        return 'ok';
      case 'leave':
        return this.#scope.leave(group, this.#pids(op.procs as Json));
      case 'get_members':
        return this.#labels(this.#scope.getMembers(group));
      case 'get_local_members':
        return this.#labels(this.#scope.getLocalMembers(group));
      case 'which_groups':
        return this.#scope.whichGroups().sort();
      case 'which_local_groups':
        return this.#scope.whichLocalGroups().sort();
      case 'monitor': {
        const { ref, pids } = this.#scope.monitor(group, p as Pid);
        this.#world.saveRef(text(op.as), ref);
        return this.#labels(pids);
      }
      case 'monitor_scope': {
        const { ref, groups } = this.#scope.monitorScope(p as Pid);
        this.#world.saveRef(text(op.as), ref);
        return Object.fromEntries([...groups].map(([name, pids]) => [name, this.#labels(pids)]));
      }
      case 'demonitor':
        return this.#scope.demonitor(this.#world.ref(text(op.as)) as MonitorRef) ? 'ok' : false;
      default:
        throw new Error(`unknown op ${String(op.op)}`);
    }
  }

  state(): JsonObject {
    return Object.fromEntries(this.#scope.whichGroups().map((group) => [group, this.#labels(this.#scope.getMembers(group))]));
  }

  print(message: unknown): Json[] {
    const { type, ref, group, pids } = message as GroupEvent;
    return [type, this.#world.refLabel(ref), group, this.#labels(pids)];
  }

  #pids(procs: Json): Pid | Pid[] {
    const one = (label: Json): Pid => this.#world.resolve(text(label)) as Pid;
    return Array.isArray(procs) ? procs.map(one) : one(procs);
  }

  #labels(pids: readonly Pid[]): Json[] {
    return pids.map((pid) => this.#world.label(pid)).sort();
  }
}

class Keys implements Subject {
  readonly #world: World;
  readonly #registry: Registry<string, unknown>;
  readonly #universe: string[];

  constructor(world: World, scenario: JsonObject) {
    this.#world = world;
    this.#registry = new Registry({ keys: scenario.keys as 'unique' | 'duplicate' });
    this.#universe = array(scenario.key_universe).map(text);
  }

  op(op: JsonObject, p: Pid | undefined): Json {
    const registry = this.#registry;
    const pid = p as Pid;
    const key = op.key as string;
    const value = decode(op.value as Json);
    switch (op.op) {
      case 'register': {
        const holder = registry.register(key, value, pid);
        return holder === undefined ? 'ok' : { t: ['error', { t: ['already_registered', encode(holder, this.#world)] }] };
      }
      case 'unregister':
        registry.unregister(key, pid);
        return 'ok';
      case 'unregister_match':
        registry.unregisterMatch(key, value, pid);
        return 'ok';
      case 'update_value': {
        const changed = registry.updateValue(key, () => value, pid);
        return changed === undefined ? 'error' : { t: [changed.new as Json, changed.old as Json] };
      }
      case 'lookup':
        return this.#entries(registry.lookup(key));
      case 'match':
        return this.#entries(registry.match(key, value));
      case 'keys':
        return registry.keys(pid).sort();
      case 'values':
        return (registry.values(key, pid) as Json[]).sort();
      case 'count':
        return registry.count;
      case 'count_match':
        return registry.countMatch(key, value);
      case 'dispatch':
        registry.dispatch(key, (entries) => {
          for (const entry of entries) entry.pid.send({ type: 'msg', from: entry.value, value: decode(op.msg as Json) });
        });
        return 'ok';
      default:
        throw new Error(`unknown op ${String(op.op)}`);
    }
  }

  state(): JsonObject {
    return Object.fromEntries(
      this.#universe.map((key) => [key, this.#entries(this.#registry.lookup(key))] as const).filter(([, entries]) => entries.length > 0),
    );
  }

  print(message: unknown): Json[] {
    const { from, value } = message as { from: Json; value: Json };
    return ['msg', from, value];
  }

  #entries(entries: readonly { pid: Pid; value: unknown }[]): Json[] {
    return entries.map(({ pid, value }) => [this.#world.label(pid), encode(value, this.#world)] as Json[]).sort(byText);
  }
}
