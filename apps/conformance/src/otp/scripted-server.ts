import {
  CallError,
  type Down,
  type Exit,
  exit,
  type From,
  GenServer,
  ignore,
  type Next,
  noreply,
  type Outcome,
  type Pid,
  type Ref,
  register,
  reply,
  sleep,
  stop,
} from '@rekindle/kernel';
import { classNameOf } from '@rekindle/kernel/internal';
import { array, type Json, type JsonObject, number, object, text } from './json.js';
import type { Said } from './messages.js';
import { decode, decodeReason, encode, Raised } from './values.js';
import type { World } from './world.js';

let world: World;

/** The scenario that is being played on this thread. */
export function setWorld(next: World): void {
  world = next;
}

interface ScriptMessage {
  readonly type: 'script';
  readonly script: JsonObject;
}

type Result = unknown;

/** A server whose every callback does what the request tells it to. */
abstract class Scripted extends GenServer<{ info: ScriptMessage; continue: JsonObject }> {
  #id = '';
  #n = 0;
  #last: unknown;
  #saved = new Map<string, From<unknown>>();
  #onTimeout: JsonObject = {};
  #terminate: Json[] = ['ok'];

  override async init(op: JsonObject) {
    this.#id = text(op.server);
    world.name(this.self, this.#id);
    world.watch(this.self);
    if (op.trap_exit === true) this.trapExit(true);
    world.current(this.#id, this.self);
    this.#onTimeout = object(op.on_timeout);
    this.#terminate = array(op.terminate ?? ['ok']);
    this.log(['init']);
    const script = object(op.init);
    await this.#before(script);
    const ret = array(script.ret ?? ['ok']);
    switch (ret[0]) {
      case 'ok':
        world.started(this.self);
        return ret[1] === undefined ? undefined : this.#next(object(ret[1]));
      case 'ignore':
        return ignore();
      case 'stop':
        return stop(decodeReason(ret[1] as Json));
      default:
        return this.#common(ret) as undefined;
    }
  }

  override async handleInfo(message: ScriptMessage | Down | Exit | { type: 'timeout' }) {
    if (message.type === 'script') return this.#unanswered('info', message.script) as Promise<undefined>;
    if (message.type === 'timeout') {
      this.log(['timeout']);
      return this.#noreply(this.#onTimeout) as Promise<undefined>;
    }
    if (message.type === 'EXIT') this.log(['exit_msg', world.label(message.pid), encode(message.reason, world)]);
    else if (message.type === 'DOWN') this.log(['down_msg', world.label(message.pid), encode(message.reason, world)]);
    else this.log(['other_msg', encode(message, world)]);
    return;
  }

  override async terminate(reason: unknown) {
    this.log(['terminate', encode(reason, world)]);
    const [kind, value] = this.#terminate;
    if (kind === 'sleep') {
      await sleep(number(value));
      this.log(['terminated']);
    } else if (kind === 'exit') exit(decodeReason(value as Json));
    else if (kind === 'error') throw new Raised(value as Json);
    else if (kind === 'throw') throw decode(value as Json);
  }

  protected log(entry: Json[]): void {
    world.note([this.#id, entry]);
  }

  protected async answer(script: JsonObject): Promise<Result> {
    this.log(['call', tag(script)]);
    const from = this.from<unknown>();
    await this.#before(script);
    const ret = array(script.ret ?? ['reply', 'ok']);
    const [kind, a, b] = ret;
    switch (kind) {
      case 'reply':
        return b === undefined ? this.#value(a) : reply(this.#value(a), this.#next(object(b)));
      case 'noreply':
        this.#saved.set(text(a), from);
        return b === undefined ? noreply(from) : noreply(from, this.#next(object(b)));
      case 'stop':
        return ret.length > 2 ? stop(decodeReason(a as Json), this.#value(b)) : stop(decodeReason(a as Json));
      case 'throw':
        throw this.#thrown(array(a), from);
      default:
        return this.#common(ret);
    }
  }

  protected async carryOut(script: JsonObject): Promise<Result> {
    return this.#unanswered('cast', script);
  }

  protected async goOn(script: JsonObject): Promise<Result> {
    return this.#unanswered('continue', script);
  }

  #unanswered(kind: string, script: JsonObject): Promise<Result> {
    this.log([kind, tag(script)]);
    return this.#noreply(script);
  }

  async #noreply(script: JsonObject): Promise<Result> {
    await this.#before(script);
    const ret = array(script.ret ?? ['noreply']);
    switch (ret[0]) {
      case 'noreply':
        return ret[1] === undefined ? undefined : this.#next(object(ret[1]));
      case 'stop':
        return stop(decodeReason(ret[1] as Json));
      case 'throw':
        throw this.#thrown(array(ret[1]), undefined);
      default:
        return this.#common(ret);
    }
  }

  #thrown([kind, a, b]: Json[], from: From<unknown> | undefined): Outcome<unknown> | unknown {
    if (kind === 'reply') return reply(this.#value(a));
    if (kind === 'noreply') return from === undefined ? this.hibernate() : noreply(from);
    if (kind === 'stop') return b === undefined ? stop(decodeReason(a as Json)) : stop(decodeReason(a as Json), this.#value(b));
    return decode(a as Json);
  }

  #common([kind, value]: Json[]): Result {
    switch (kind) {
      case 'error':
        throw new Raised(value as Json);
      case 'exit':
        return exit(decodeReason(value as Json));
      case 'kill':
        return this.exit(this.self, 'kill');
      default: // a value that is no valid return: what a callback throws counts as returned
        throw decode(value as Json);
    }
  }

  #next(extra: JsonObject): Next {
    if (extra.continue !== undefined) return this.continue(object(extra.continue));
    if (extra.timeout !== undefined) return this.timeout(extra.timeout === 'infinity' ? Number.POSITIVE_INFINITY : number(extra.timeout));
    return this.hibernate();
  }

  #value(value: Json | undefined): unknown {
    if (value === '$state') return this.#n;
    return value === '$last' ? this.#last : decode(value as Json);
  }

  async #before(script: JsonObject): Promise<void> {
    for (const action of array(script.pre)) await this.#act(array(action));
  }

  async #act([kind, a, b, c]: Json[]): Promise<void> {
    switch (kind) {
      case 'sleep':
        return sleep(number(a));
      case 'add':
        this.#n += number(a);
        return;
      case 'trap':
        this.trapExit(a as boolean);
        return;
      case 'reply':
        this.#saved.get(text(a))?.reply(this.#value(b));
        return;
      case 'send': {
        const message: Said = { type: 'msg', from: this.#id, value: this.#value(b) };
        const client = world.resolve(text(a));
        if (client !== undefined) this.send(client, message);
        return;
      }
      case 'info_self':
        this.sendSelf({ type: 'script', script: object(a) });
        return;
      case 'cast_self':
        (this.self as unknown as Ref<AnyScripted>).cast('castScript', object(a));
        return;
      case 'monitor':
        this.monitor(world.resolve(text(a)) as Pid);
        return;
      case 'unlink':
        this.unlink(world.resolve(text(a)) as Pid);
        return;
      case 'call':
        this.#last = await this.call(targetOf(object(a), world, c), 'callScript', object(b));
        return;
      case 'catch_call':
        this.#last = await this.call(targetOf(object(a), world, c), 'callScript', object(b)).catch((error: unknown) => {
          if (!CallError.is(error)) throw error;
          return { t: ['caught', error.code === 'exit' ? error.reason : error.code] };
        });
        return;
      default:
        throw new Error(`unknown action ${String(kind)}`);
    }
  }
}

function tag(script: JsonObject): Json {
  return script.tag ?? '-';
}

/** The requests that a complete server answers. */
export interface AnyScripted {
  callScript(script: JsonObject): unknown;
  castScript(script: JsonObject): unknown;
}

type ServerClass = typeof Complete;

class Complete extends Scripted {
  callScript(script: JsonObject): unknown {
    return this.answer(script);
  }
  castScript(script: JsonObject): unknown {
    return this.carryOut(script);
  }
  override handleContinue(script: JsonObject): Promise<undefined> {
    // What a script answers is for the kernel to judge.
    return this.goOn(script) as Promise<undefined>;
  }
}

/** A class for servers that lack some callbacks. */
function lacking(without: readonly string[]): ServerClass {
  class Lacking extends Scripted {
    static readonly className = classKey(without);
    override async init(op: JsonObject) {
      if (without.includes('init')) throw new Raised('undef');
      return super.init(op);
    }
    override async handleInfo(message: ScriptMessage | Down | Exit | { type: 'timeout' }) {
      return without.includes('handle_info') ? undefined : super.handleInfo(message);
    }
    override async terminate(reason: unknown) {
      if (!without.includes('terminate')) await super.terminate(reason);
    }
  }
  const methods: { [callback: string]: [name: string, method: unknown] } = {
    handle_call: ['callScript', Complete.prototype.callScript],
    handle_cast: ['castScript', Complete.prototype.castScript],
    handle_continue: ['handleContinue', Complete.prototype.handleContinue],
  };
  for (const [callback, [name, method]] of Object.entries(methods)) {
    if (!without.includes(callback)) Object.defineProperty(Lacking.prototype, name, { value: method });
  }
  return Lacking as unknown as ServerClass;
}

const CALLBACKS = ['handle_call', 'handle_cast', 'handle_continue', 'handle_info', 'init', 'terminate'];

function classKey(without: readonly string[]): string {
  return `Scripted without ${[...without].sort().join(', ')}`;
}

// All of them are known from the start: a server may run on another thread than the client that starts it.
const classes = new Map<string, ServerClass>([[classKey([]), Complete]]);
for (let bits = 1; bits < 1 << CALLBACKS.length; bits++) {
  const Class = lacking(CALLBACKS.filter((_, i) => (bits & (1 << i)) !== 0));
  classes.set(classNameOf(Class as never), Class);
}
for (const Class of classes.values()) register(Class as never);

export function serverClass(without: readonly string[]): ServerClass {
  const Class = classes.get(classKey(without));
  if (Class === undefined) throw new Error(`unknown callbacks: ${without.join(', ')}`);
  return Class;
}

/** A reference to `{pid: label}` or `{name}`, with a call timeout if one is given. */
export function targetOf(to: JsonObject, world: World, timeout?: Json): Ref<AnyScripted> {
  const pid = to.name === undefined ? world.resolve(text(to.pid)) : undefined;
  // A label that was never started stands for nobody, in Erlang for the name `undefined`.
  const ref = (pid ?? Complete.at(to.name === undefined ? 'undefined' : `nm_${text(to.name)}`)) as unknown as Ref<AnyScripted>;
  if (timeout === undefined) return ref;
  return ref.within(timeout === 'infinity' ? Number.POSITIVE_INFINITY : number(timeout));
}
