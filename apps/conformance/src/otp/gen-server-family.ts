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
import { Client } from './client.js';
import { array, type Json, type JsonObject, number, object, text } from './json.js';
import { newest } from './process-family.js';
import { serverClass, setStage, targetOf } from './scripted-server.js';
import { decode, decodeReason, encode, encodeStartError, Raised } from './values.js';
import type { Step, World } from './world.js';

/** Plays one scenario of the family `gen_server`. */
export async function playGenServer(scenario: JsonObject, world: World): Promise<Step[]> {
  return new Play(world).run(scenario);
}

type Waiting<T> = Generator<unknown, T, unknown>;

class Play {
  readonly #world: World;
  readonly #clients: Client[] = [];
  readonly #started = new Set<Pid>();
  #log: { [server: string]: Json[] } = {};
  #done: { [client: string]: Json[] } = {};

  constructor(world: World) {
    this.#world = world;
    setStage({
      world,
      started: this.#started,
      log: (server, entry) => {
        this.#log[server] = [...(this.#log[server] ?? []), entry];
      },
    });
  }

  async run(scenario: JsonObject): Promise<Step[]> {
    for (const raw of array(scenario.clients)) this.#spawnClient(object(raw));
    await this.#world.quiet();
    const steps: Step[] = [];
    for (const raw of array(scenario.ops)) {
      const op = object(raw);
      const result = await this.#op(op);
      await this.#world.quiet();
      steps.push(await this.#step(text(op.op), result));
    }
    return steps;
  }

  #spawnClient({ id, client, trap_exit }: JsonObject): void {
    this.#clients.push(new Client(text(id ?? client), this.#world, { trapExit: trap_exit !== false }));
  }

  async #op(op: JsonObject): Promise<Json> {
    switch (op.op) {
      case 'wait':
        await this.#world.pass(number(op.ms));
        return 'ok';
      case 'whereis': {
        const pid = whereis(`nm_${text(op.name)}`);
        return pid === undefined ? 'undefined' : this.#world.label(pid);
      }
      case 'spawn_client':
        this.#spawnClient(op);
        return 'ok';
      default:
        return this.#handOver(op);
    }
  }

  #handOver(op: JsonObject): Json {
    const client = newest(this.#clients, text(op.client));
    if (client === undefined) return 'unknown';
    if (!isAlive(client.pid)) return 'dead';
    if (client.busy) return 'busy';
    const play = this;
    client.tell(function* (context) {
      yield* play.#perform(op, client.label, context);
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
    this.#done[client] = [...(this.#done[client] ?? []), entry];
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
      // `stop` exits with the bare reason, `call` with the reason and the call
      if (op.op === 'stop') return { exit: encode(error.code === 'exit' ? error.reason : error.code, this.#world) };
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

  async #step(op: string, result: Json): Promise<Step> {
    const world = this.#world;
    const mail: JsonObject = {};
    for (const client of this.#clients) {
      if (!isAlive(client.pid) || client.busy) continue;
      const messages = (await client.drain(world)).filter((message) => this.#isShown(message)).map((message) => this.#print(message));
      if (messages.length > 0) mail[client.label] = messages.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    }
    const isClient = (pid: Pid): boolean => this.#clients.some((client) => client.pid === pid);
    const downs = world.takeDowns().filter(({ pid }) => isClient(pid) || this.#started.has(pid));
    const alive = [...this.#clients.map((client) => client.pid), ...this.#started]
      .filter((pid) => isAlive(pid))
      .map((pid) => world.label(pid));
    const { log, done } = { log: this.#log, done: this.#done } as { log: JsonObject; done: JsonObject };
    this.#log = {};
    this.#done = {};
    return {
      op,
      result,
      done,
      log,
      mail,
      downs: Object.fromEntries(downs.map(({ pid, reason }) => [world.label(pid), encode(reason, world)])),
      alive: alive.sort(),
    };
  }

  /** An EXIT from a server whose init failed reaches the starter in some releases of OTP only. */
  #isShown(message: unknown): boolean {
    const { type, pid } = message as { type?: string; pid?: Pid };
    return type !== 'EXIT' || pid === undefined || this.#started.has(pid) || this.#clients.some((client) => client.pid === pid);
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
