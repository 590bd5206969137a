import {
  CallError,
  type Context,
  exit,
  GenServer,
  isAlive,
  MisuseError,
  type Pid,
  StartError,
  type StartOptions,
  whereis,
} from '@rekindle/kernel';
import { Client, newest } from './client.js';
import { array, type Json, type JsonObject, number, object, text } from './json.js';
import { serverClass, setWorld, targetOf } from './scripted-server.js';
import type { FamilySite } from './site.js';
import { decode, decodeReason, encode, encodeStartError, Raised } from './values.js';
import type { World } from './world.js';

type Waiting<T> = Generator<unknown, T, unknown>;

/** Clients and servers of the family `gen_server` on one site. */
export class GenServerSite implements FamilySite {
  readonly errands = {};
  readonly #world: World;
  readonly #clients: Client[] = [];
  #done: JsonObject = {};

  constructor(world: World) {
    this.#world = world;
    setWorld(world);
  }

  readonly requests = {
    spawn: ({ id, client, trap_exit }: JsonObject): Json => {
      this.#clients.push(new Client(text(id ?? client), this.#world, { trapExit: trap_exit !== false }));
      return null;
    },
    whereis: (name: string): Json => {
      const pid = whereis(`nm_${name}`);
      return pid === undefined ? 'undefined' : this.#world.label(pid);
    },
    handOver: (op: JsonObject): Json => this.#handOver(op),
    report: (): Promise<Json> => this.#report(),
  };

  #handOver(op: JsonObject): Json {
    const client = newest(this.#clients, text(op.client));
    if (client === undefined || !isAlive(client.pid)) return 'dead';
    if (client.busy) return 'busy';
    const site = this;
    client.tell(function* (context) {
      yield* site.#perform(op, client.label, context);
    });
    return 'ok';
  }

  *#perform(op: JsonObject, client: string, context: Context<unknown>): Waiting<void> {
    if (op.op === 'seq') {
      for (const each of array(op.ops)) yield* this.#perform(object(each), client, context);
      return;
    }
    if (op.op === 'client_exit') {
      const [kind, reason] = array(op.how);
      if (kind === 'exit') exit(decodeReason(reason as Json));
      throw new Raised(reason as Json);
    }
    const entry = yield* this.#attempt(op, context);
    this.#done[client] = [...array(this.#done[client]), entry];
  }

  *#attempt(op: JsonObject, context: Context<unknown>): Waiting<Json> {
    const to = object(op.to);
    if (to.pid !== undefined && to.pid !== 'self' && this.#world.resolve(text(to.pid)) === undefined) return 'unknown';
    if (op.nocatch === true) return yield* this.#do(op, context);
    try {
      return yield* this.#do(op, context);
    } catch (error) {
      if (error instanceof MisuseError) return { raise: 'badarg' };
      if (!CallError.is(error)) throw error;
      // `stop` exits with the bare reason, `call`, and what asks itself to stop, with the reason and the call
      if (op.op === 'stop' && error.code !== 'calling_self')
        return { exit: encode(error.code === 'exit' ? error.reason : error.code, this.#world) };
      return { exit: encode(error, this.#world) };
    }
  }

  *#do(op: JsonObject, context: Context<unknown>): Waiting<Json> {
    const world = this.#world;
    const to = object(op.to);
    const script = object(op.script);
    const ref = (timeout?: Json) => (to.pid === 'self' ? (context.self as ReturnType<typeof targetOf>) : targetOf(to, world, timeout));
    const destination = (): Pid | string => (to.name === undefined ? ref() : `nm_${text(to.name)}`);
    switch (op.op) {
      case 'start':
        return { start: yield* this.#start(op, context) };
      case 'call':
        return { reply: encode(yield context.call(ref(op.timeout ?? 'infinity'), 'callScript', script), world) };
      case 'cast':
        context.cast(ref(), 'castScript', script);
        return 'ok';
      case 'info':
        context.send(destination(), { type: 'script', script });
        return 'ok';
      case 'send_raw':
        context.send(destination(), decode(op.msg as Json));
        return 'ok';
      case 'stop': {
        const timeout = op.timeout === undefined || op.timeout === 'infinity' ? Number.POSITIVE_INFINITY : number(op.timeout);
        yield GenServer.stop(destination(), decodeReason(op.reason ?? 'normal'), timeout);
        return 'ok';
      }
      case 'signal':
        context.exit(ref(), decodeReason(op.reason as Json));
        return 'ok';
      case 'link':
        context.link(ref());
        return 'ok';
      case 'unlink':
        context.unlink(ref());
        return 'ok';
      case 'monitor':
        world.saveRef(text(op.as), context.monitor(destination()));
        return 'ok';
      default:
        throw new Error(`unknown op ${String(op.op)}`);
    }
  }

  *#start(op: JsonObject, context: Context<unknown>): Waiting<Json> {
    const Class = serverClass(array(op.without).map(text));
    const options: StartOptions = {
      ...(op.name === undefined ? {} : { name: `nm_${text(op.name)}` }),
      thread: this.#world.placeOf(text(op.server)),
      ...(op.start_timeout === undefined || op.start_timeout === 'infinity' ? {} : { timeoutMs: number(op.start_timeout) }),
    };
    try {
      const ref = (yield op.link === false ? context.start(Class, op, options) : context.startLink(Class, op, options)) as Pid | undefined;
      return ref === undefined ? 'ignore' : { t: ['ok', encode(ref, this.#world)] };
    } catch (error) {
      if (!StartError.is(error)) throw error;
      return { t: ['error', encodeStartError(error, this.#world)] };
    }
  }

  async #report(): Promise<Json> {
    const world = this.#world;
    const mail: JsonObject = {};
    for (const client of this.#clients) {
      if (!isAlive(client.pid) || client.busy) continue;
      const messages = (await client.drain(world)).filter((message) => this.#isShown(message)).map((message) => this.#print(message));
      if (messages.length > 0) mail[client.label] = messages.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    }
    const done = this.#done;
    this.#done = {};
    const downs = Object.fromEntries(world.takeDowns().map(({ pid, reason }) => [world.label(pid), encode(reason, world)]));
    return { done, mail, downs, alive: world.living(), notes: world.takeNotes() as unknown as Json };
  }

  /** An EXIT from a server whose init failed reaches the starter in some releases of OTP only. */
  #isShown(message: unknown): boolean {
    const { type, pid } = message as { type?: string; pid?: Pid };
    return type !== 'EXIT' || pid === undefined || this.#world.hasStarted(pid);
  }

  #print(message: unknown): Json[] {
    const world = this.#world;
    const { type, from, value, pid, reason, ref } = message as {
      type: string;
      from: string;
      value: unknown;
      pid: Pid;
      reason: unknown;
      ref: never;
    };
    if (type === 'msg') return ['msg', from, encode(value, world)];
    if (type === 'EXIT') return ['EXIT', world.label(pid), encode(reason, world)];
    if (type === 'DOWN') return ['DOWN', world.refLabel(ref), encode(reason, world)];
    return ['stray', encode(message, world)];
  }
}
