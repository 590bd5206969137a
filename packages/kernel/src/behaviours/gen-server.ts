import { type MultiCallResult, multiCall } from '../calls/multi-call.js';
import type { SystemMessage } from '../messages.js';
import type { Ignore } from '../outcome.js';
import { keepLayout } from '../process/kept.js';
import type { Behaviour } from './behaviour.js';
import type { Server } from './callbacks.js';
import { construct } from './instance.js';
import { makeBehaviour } from './launch.js';
import { Process } from './process.js';
import { BASE } from './request-table.js';
import { ServerBehaviour } from './server.js';
import type { After, AnyProcess, Api, Args, Info, Inherited, Later, ReplyOf, Step, Types } from './types.js';

/**
 * A server: its public methods are its requests, a plain return value is the reply. One request or message at a time; an
 * `async` method suspends this process only, and nothing interleaves with it. OTP: `gen_server`.
 */
export abstract class GenServer<T extends Types = {}> extends Process<T> {
  static override readonly [BASE] = true;

  /** @internal */
  static override [makeBehaviour](this: unknown): Behaviour {
    const Class = this as new () => Server;
    const terminates = Class.prototype.terminate !== Process.prototype.terminate;
    keepLayout(Class, Process);
    return new ServerBehaviour(Class.name, Class, (proc) => construct(Class, proc), terminates, false);
  }

  /**
   * Calls the server called `name` on each of these nodes at once; this one may be among them. `timeoutMs` (default: no limit)
   * counts for all. Never rejects: who does not answer is a bad node. OTP: `gen_server:multi_call/4`.
   */
  static multiCall<S extends AnyProcess, K extends keyof Api<S>>(
    this: new () => S,
    nodes: readonly string[],
    name: string,
    request: K,
    args: Args<Api<S>[K]>,
    timeoutMs: number = Number.POSITIVE_INFINITY,
  ): Promise<MultiCallResult<ReplyOf<Api<S>[K]>>> {
    return multiCall(nodes, name, String(request), args, timeoutMs) as Promise<MultiCallResult<ReplyOf<Api<S>[K]>>>;
  }

  /** The process's first turn. Whoever starts it waits until this is done. */
  override init(_args: never): Later<After | Ignore | Inherited> {}

  /** Plain messages, `Down`, `Exit` and the receive timeout. The default reports the message and goes on. OTP: `handle_info/2`. */
  override handleInfo(message: Info<T> | SystemMessage): Later<After> {
    return super.handleInfo(message) as undefined;
  }

  /** Runs at once after a handler that returned `this.continue(step)`, before any queued message. OTP: `handle_continue/2`. */
  override handleContinue(step: Step<T>): Later<After> {
    return super.handleContinue(step) as undefined;
  }
}
