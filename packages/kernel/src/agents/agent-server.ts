import type { Server } from '../behaviours/callbacks.js';
import { construct } from '../behaviours/instance.js';
import { MisuseError } from '../errors.js';
import type { ExitReason } from '../exit-reason.js';
import { Outcome, Reply, Stop } from '../outcome.js';
import type { Proc } from '../process/proc.js';

type Fn = (state: unknown) => unknown;

/** The process of an agent: its requests are functions of the state. One that returns a promise suspends the agent until it settles. */
export class AgentServer implements Server {
  readonly #user: { init(args: never): unknown; terminate(reason: ExitReason): unknown };
  #state: unknown;

  constructor(proc: Proc, Class: new () => { init(args: never): unknown; terminate(reason: ExitReason): unknown }) {
    this.#user = construct(Class, proc);
  }

  init(args: unknown): unknown {
    return whenDone(this.#user.init(args as never), (state) => {
      if (state instanceof Outcome) return state;
      this.#state = state;
      return undefined;
    });
  }

  get(read: Fn): unknown {
    return whenDone(read(this.#state), (value) => new Reply(value, undefined));
  }

  update(change: Fn): unknown {
    return whenDone(change(this.#state), (state) => {
      this.#state = state;
      return undefined;
    });
  }

  getAndUpdate(change: Fn): unknown {
    return whenDone(change(this.#state), (both) => {
      if (!Array.isArray(both) || both.length !== 2) return new Stop({ bad_return_value: both }, false, undefined);
      this.#state = both[1];
      return new Reply(both[0] as unknown, undefined);
    });
  }

  handleCall(name: string): never {
    throw new MisuseError('badarg', `an agent has no request '${name}': use Agent.get, Agent.update and Agent.getAndUpdate`);
  }

  handleCast(name: string): never {
    throw new MisuseError('badarg', `an agent has no request '${name}': use Agent.cast`);
  }

  handleInfo(): undefined {
    return undefined;
  }

  handleContinue(): undefined {
    return undefined;
  }

  terminate(reason: ExitReason): unknown {
    return this.#user.terminate(reason);
  }
}

function whenDone(value: unknown, then: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(then) : then(value);
}
