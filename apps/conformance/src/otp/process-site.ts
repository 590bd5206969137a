import {
  type AliasMode,
  type Context,
  exit,
  isAlive,
  MisuseError,
  type Pid,
  registerProcess,
  unregisterName,
  whereis,
} from '@rekindle/kernel';
import { linksOf, type ProcessId } from '@rekindle/kernel/internal';
import { Client, newest, peek } from './client.js';
import { array, type Json, type JsonObject, object, text } from './json.js';
import { bySource, encodeMessage, type Said } from './messages.js';
import type { FamilySite } from './site.js';
import { decode, decodeReason, encode, Raised } from './values.js';
import type { Errands, World } from './world.js';

const ALIAS: { [mode: string]: AliasMode } = {
  explicit_unalias: 'explicitUnalias',
  demonitor: 'demonitor',
  reply_demonitor: 'replyDemonitor',
  reply: 'reply',
};

/** What a process of this thread can do for one of another, in which these verbs know only their own thread's processes. */
const errands: Errands = {
  nothing: () => true,
  isAlive: (pid: Pid) => isAlive(pid),
  register: (name: string, pid: Pid) => worked(() => registerProcess(name, pid)),
  unregister: (name: string) => worked(() => unregisterName(name)),
};

function worked(act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof MisuseError) return false;
    throw error;
  }
}

const BADARG = { raise: 'badarg' };

/** Processes of the family `process` on one site. */
export class ProcessSite implements FamilySite {
  readonly errands = errands;
  readonly #world: World;
  readonly #clients: Client[] = [];
  #results: Json[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  readonly requests = {
    spawn: (args: JsonObject): Json => {
      this.#clients.push(new Client(text(args.id), this.#world, { trapExit: args.trap_exit === true }));
      return null;
    },
    act: (op: JsonObject): Json => this.#act(op),
    results: (): Json => this.#results,
    report: (args: JsonObject): Promise<Json> => this.#report(args),
  };

  #act(op: JsonObject): Json {
    const client = newest(this.#clients, text(op.p));
    if (client === undefined || !isAlive(client.pid)) return 'dead';
    const site = this;
    const results: Json[] = [];
    this.#results = results;
    client.tell(function* (context) {
      for (const raw of array(op.acts)) {
        const [kind, ...args] = array(raw);
        if (kind === 'return') return exit('normal');
        if (kind === 'exit') exit(decodeReason(args[0] as Json));
        if (kind === 'error') throw new Raised(args[0] as Json);
        if (kind === 'throw') throw decode(args[0] as Json);
        if (kind === 'exit2') {
          const target = site.#pidOf(args[0] as Json);
          results.push(true); // reported first: the signal may come back and end the caller
          context.exit(target, decodeReason(args[1] as Json));
          continue;
        }
        let result: Json;
        try {
          result = yield* site.#perform(context, text(kind), args);
        } catch (error) {
          if (!(error instanceof MisuseError)) throw error;
          result = BADARG;
        }
        results.push(result);
      }
    });
    return null;
  }

  async #report({ hold, names }: JsonObject): Promise<Json> {
    const world = this.#world;
    const recv: JsonObject = {};
    const links: JsonObject = {};
    for (const client of this.#clients) {
      if (!isAlive(client.pid)) continue;
      const mail = hold === true ? [] : await client.drain(world);
      if (mail.length > 0) recv[client.label] = bySource(mail, world);
      const linked = linksOf((client.pid as ProcessId).proc);
      if (linked.length > 0) links[client.label] = linked.map((pid) => world.label(pid)).sort();
    }
    const registered = array(names).flatMap((name) => {
      const pid = whereis(text(name));
      return pid === undefined ? [] : [[name, world.label(pid)] as const];
    });
    return {
      recv,
      links,
      downs: Object.fromEntries(world.takeDowns().map(({ pid, reason }) => [world.label(pid), encode(reason, world)])),
      alive: world.living(),
      names: Object.fromEntries(registered),
    };
  }

  *#perform(context: Context<unknown>, kind: string, [a, b, c]: Json[]): Generator<unknown, Json, unknown> {
    const world = this.#world;
    switch (kind) {
      case 'link':
        context.link(this.#pidOf(a as Json));
        return yield* this.#fence(context, this.#pidOf(a as Json));
      case 'unlink':
        context.unlink(this.#pidOf(a as Json));
        return true;
      case 'monitor': {
        const { alias, tag } = object(c);
        const settings = {
          ...(alias === undefined ? {} : { alias: ALIAS[text(alias)] as 'demonitor' }),
          ...(tag === undefined ? {} : { tag: text(tag) }),
        };
        const { name } = object(a);
        const target = name === undefined ? this.#pidOf(a as Json) : text(name);
        world.saveRef(text(b), context.monitor(target, settings));
        return yield* this.#fence(context, typeof target === 'string' ? whereis(target) : target);
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
        if (alias !== undefined) world.alias(text(alias))?.send(message);
        else context.send(name === undefined ? this.#pidOf(a as Json) : text(name), message);
        return true;
      }
      case 'register':
        return (yield* this.#at(context, this.#pidOf(b as Json), 'register', text(a), this.#pidOf(b as Json))) || BADARG;
      case 'unregister': {
        const holder = whereis(text(a));
        return (holder !== undefined && (yield* this.#at(context, holder, 'unregister', text(a)))) || BADARG;
      }
      case 'whereis': {
        const pid = whereis(text(a));
        return pid === undefined ? 'undefined' : world.label(pid);
      }
      case 'is_alive':
        return yield* this.#at(context, this.#pidOf(a as Json), 'isAlive', this.#pidOf(a as Json));
      case 'alias':
        world.saveRef(text(a), context.alias((b === undefined ? 'explicitUnalias' : ALIAS[text(b)]) as 'reply'));
        return true;
      case 'unalias':
        return world.alias(text(a))?.unalias() ?? false;
      case 'spawn':
        yield* this.#spawn(context, text(a), object(b));
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
  *#spawn(context: Context<unknown>, id: string, options: JsonObject): Generator<unknown, void, unknown> {
    const world = this.#world;
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
    this.#clients.push(client);
    const ready = { type: '$control', ready: true };
    const me = context.self;
    client.tell(function* () {
      me.send(ready);
    });
    yield* context.receive((message) => message === ready);
  }

  /** An errand on the site where `pid` runs, also if that is this one. */
  *#at(context: Context<unknown>, pid: Pid, what: string, ...args: unknown[]): Generator<unknown, boolean, unknown> {
    if (!this.#world.isHere(pid)) return (yield* this.#world.errand(context, pid, what, ...args)) === true;
    return errands[what]?.(...(args as never[])) === true;
  }

  /** Waits for what comes back at once from a process that is gone, so that an act is over before the next one. */
  #fence(context: Context<unknown>, pid: Pid | undefined): Generator<unknown, boolean, unknown> {
    return pid === undefined ? this.#at(context, context.self, 'nothing') : this.#at(context, pid, 'nothing');
  }

  #pidOf(target: Json): Pid {
    const pid = this.#world.resolve(text(target));
    if (pid === undefined) throw new Error(`no process ${String(target)}`);
    return pid;
  }
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
