import {
  type Alias,
  type AliasMode,
  type Context,
  exit,
  isAlive,
  MisuseError,
  type MonitorRef,
  type Pid,
  registerProcess,
  unregisterName,
  whereis,
} from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { Client, peek } from './client.js';
import { array, type Json, type JsonObject, object, text } from './json.js';
import { bySource, encodeMessage, type Said } from './messages.js';
import { decode, decodeReason, encode, Raised } from './values.js';
import type { Step, World } from './world.js';

const ALIAS: { [mode: string]: AliasMode } = {
  explicit_unalias: 'explicitUnalias',
  demonitor: 'demonitor',
  reply_demonitor: 'replyDemonitor',
  reply: 'reply',
};

type Aliased = MonitorRef & { alias?: Alias | null };

/** Plays one scenario of the family `process`. */
export async function playProcess(scenario: JsonObject, world: World): Promise<Step[]> {
  const clients: Client[] = [];
  for (const raw of array(scenario.procs)) {
    const { id, trap_exit } = object(raw);
    clients.push(new Client(text(id), world, { trapExit: trap_exit === true }));
  }
  await world.quiet();
  const names = [...namesIn(scenario)].sort();
  const steps: Step[] = [];
  for (const raw of array(scenario.ops)) {
    const op = object(raw);
    let result: Json = 'ok';
    if (op.op === 'wait') await world.pass(op.ms as number);
    else result = await act(op, world, clients);
    steps.push(await finish(text(op.op), result, op.hold === true, world, clients, names));
  }
  return steps;
}

async function act(op: JsonObject, world: World, clients: Client[]): Promise<Json> {
  const client = newest(clients, text(op.p));
  if (client === undefined) return 'unknown';
  if (!isAlive(client.pid)) return 'dead';
  const results: Json[] = [];
  client.tell(function* (context) {
    for (const raw of array(op.acts)) {
      const [kind, ...args] = array(raw);
      if (kind === 'return') return exit('normal');
      if (kind === 'exit') exit(decodeReason(args[0] as Json));
      if (kind === 'error') throw new Raised(args[0] as Json);
      if (kind === 'throw') throw decode(args[0] as Json);
      if (kind === 'exit2') {
        const target = pidOf(args[0] as Json, world);
        results.push(true); // reported first: the signal may come back and end the caller
        context.exit(target, decodeReason(args[1] as Json));
        continue;
      }
      let result: Json;
      try {
        result = yield* perform(context, text(kind), args, world, clients);
      } catch (error) {
        if (!(error instanceof MisuseError)) throw error;
        result = { raise: 'badarg' };
      }
      results.push(result);
    }
  });
  await world.quiet();
  return results;
}

function* perform(
  context: Context<unknown>,
  kind: string,
  [a, b, c]: Json[],
  world: World,
  clients: Client[],
): Generator<unknown, Json, unknown> {
  switch (kind) {
    case 'link':
      context.link(pidOf(a as Json, world));
      return true;
    case 'unlink':
      context.unlink(pidOf(a as Json, world));
      return true;
    case 'monitor': {
      const { alias, tag } = object(c);
      const settings = {
        ...(alias === undefined ? {} : { alias: ALIAS[text(alias)] as 'demonitor' }),
        ...(tag === undefined ? {} : { tag: text(tag) }),
      };
      const { name } = object(a);
      world.saveRef(text(b), context.monitor(name === undefined ? pidOf(a as Json, world) : text(name), settings));
      return true;
    }
    case 'demonitor': {
      const options = array(b);
      const was = context.demonitor(world.ref(text(a)), { flush: options.includes('flush') });
      return options.includes('info') ? was : true;
    }
    case 'trap':
      return context.trapExit(a as boolean);
    case 'send': {
      const message: Said = { type: 'msg', from: world.label(context.self), value: decode(b as Json) };
      const { alias, name } = object(a);
      if (alias !== undefined) aliasOf(world.ref(text(alias)))?.send(message);
      else context.send(name === undefined ? pidOf(a as Json, world) : text(name), message);
      return true;
    }
    case 'register':
      registerProcess(text(a), pidOf(b as Json, world));
      return true;
    case 'unregister':
      unregisterName(text(a));
      return true;
    case 'whereis': {
      const pid = whereis(text(a));
      return pid === undefined ? 'undefined' : world.label(pid);
    }
    case 'is_alive':
      return isAlive(pidOf(a as Json, world));
    case 'alias':
      world.saveRef(text(a), context.alias((b === undefined ? 'explicitUnalias' : ALIAS[text(b)]) as 'reply'));
      return true;
    case 'unalias':
      return aliasOf(world.ref(text(a)))?.unalias() ?? false;
    case 'spawn':
      yield* spawnClient(context, text(a), object(b), world, clients);
      return true;
    case 'receive': {
      const message = yield* peek(context, matching(a as Json, world));
      return message === undefined ? 'none' : encodeMessage(message, world)[1];
    }
    default:
      throw new Error(`unknown act ${kind}`);
  }
}

/** Waits until the new process runs, as the recorder does. */
function* spawnClient(
  context: Context<unknown>,
  id: string,
  options: JsonObject,
  world: World,
  clients: Client[],
): Generator<unknown, void, unknown> {
  const { link, monitor, trap_exit } = options;
  const client = new Client(id, world, { trapExit: trap_exit === true }, (body, settings) => {
    if (monitor !== undefined) {
      const { pid, ref } = context.spawnMonitor(body, settings);
      world.saveRef(text(monitor), ref);
      if (link === true) context.link(pid);
      return pid;
    }
    return link === true ? context.spawnLink(body, settings) : context.spawn(body, settings);
  });
  clients.push(client);
  const ready = { type: '$control', ready: true };
  const me = context.self;
  client.tell(function* () {
    me.send(ready);
  });
  yield* context.receive((message) => message === ready);
}

function matching(what: Json, world: World): (message: unknown) => boolean {
  const type = (message: unknown): unknown => (message as { type?: unknown }).type;
  if (what === 'any') return () => true;
  if (what === 'DOWN' || what === 'EXIT' || what === 'msg') return (message) => type(message) === what;
  const { ref, msg } = object(what);
  if (ref !== undefined) return (message) => (message as { ref?: unknown }).ref === world.ref(text(ref));
  const wanted = JSON.stringify(decode(msg as Json));
  return (message) => type(message) === 'msg' && JSON.stringify((message as Said).value) === wanted;
}

function pidOf(target: Json, world: World): Pid {
  const pid = world.resolve(text(target));
  if (pid === undefined) throw new Error(`no process ${String(target)}`);
  return pid;
}

function aliasOf(ref: MonitorRef): Alias | undefined {
  if ('unalias' in ref) return ref as unknown as Alias;
  return (ref as Aliased).alias ?? undefined;
}

export function newest(clients: readonly Client[], label: string): Client | undefined {
  return clients.findLast((client) => client.label === label);
}

async function finish(op: string, result: Json, hold: boolean, world: World, clients: Client[], names: string[]): Promise<Step> {
  await world.quiet();
  const recv: JsonObject = {};
  const links: JsonObject = {};
  for (const client of clients) {
    if (!isAlive(client.pid)) continue;
    const mail = hold ? [] : await client.drain(world);
    if (mail.length > 0) recv[client.label] = bySource(mail, world);
    const linked = linksOf((client.pid as ProcessId).proc);
    if (linked.length > 0) links[client.label] = linked.map((pid) => world.label(pid)).sort();
  }
  const downs = Object.fromEntries(world.takeDowns().map(({ pid, reason }) => [world.label(pid), encode(reason, world)]));
  const alive = clients.filter((client) => isAlive(client.pid)).map((client) => client.label);
  const registered = names.flatMap((name) => {
    const pid = whereis(name);
    return pid === undefined ? [] : [[name, world.label(pid)] as const];
  });
  return { op, result, recv, downs, alive: alive.sort(), links, names: Object.fromEntries(registered) };
}

function namesIn(value: Json): Set<string> {
  const names = new Set<string>();
  const visit = (item: Json): void => {
    if (Array.isArray(item)) {
      if (item[0] === 'register') names.add(text(item[1]));
      item.forEach(visit);
    } else if (typeof item === 'object' && item !== null) {
      if (typeof item.name === 'string') names.add(item.name);
      Object.values(item).forEach(visit);
    }
  };
  visit(value);
  return names;
}
