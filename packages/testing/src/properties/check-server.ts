import { type Api, type Args, exit, isAlive, type Pid, type Ref, type ReplyOf } from '@rekindle/kernel';
import { Handle, ProcessId } from '@rekindle/kernel/internal';
import fc from 'fast-check';
import { settle } from '../settle.js';
import { anotherWorld } from '../world.js';
import { checkSteps, type RunOptions } from './repeat.js';

/** One thing that happens to a server: a request, or a crash. */
export type ServerStep = { readonly call: string; readonly args: readonly unknown[] } | { readonly crash: 'server' };

type Called<S, K extends keyof Api<S>> = K extends unknown
  ? {
      readonly did: 'call';
      readonly name: K;
      readonly args: Args<Api<S>[K]>;
      /** Undefined if the call has failed. */
      readonly reply: ReplyOf<Api<S>[K]> | undefined;
      /** Undefined if it has not. */
      readonly error: unknown;
    }
  : never;

/** A step that has been taken; the `name` of a call says what its arguments and its reply are. */
export type ServerHappened<S> = Called<S, keyof Api<S>> | { readonly did: 'crash' };

/** A server, what happens to it, and what has to hold. */
export interface ServerProperty<S, Model> {
  /** Starts it under supervision and answers a reference by name, which a restart does not change. */
  start(): Promise<Ref<S>>;
  /** The process to crash; default: what `start` answered, looked up by its name at each crash. */
  readonly pid?: () => Pid | undefined;
  /** Arguments, by request. */
  readonly call: { readonly [K in keyof Api<S>]?: fc.Arbitrary<Args<Api<S>[K]>> };
  /** How often it crashes relative to the requests together. Default 0.2; 0 for never. */
  readonly crashes?: number;
  readonly maxLength?: number;
  model(): Model;
  after(model: Model, happened: ServerHappened<NoInfer<S>>): Model | void;
  holds(model: Model, server: Ref<S>): void | Promise<void>;
}

/** Weights are whole numbers for fast-check. */
const UNIT = 100;

/**
 * Plays random requests and crashes against a real server with virtual time, and checks it against a model. Throws
 * `PropertyFailed` as `checkChannels` does.
 */
export function checkServer<S, Model>(property: ServerProperty<S, Model>, options: RunOptions = {}): Promise<void> {
  const { crashes = 0.2, maxLength = 30 } = property;
  const calls = Object.entries(property.call as { [name: string]: fc.Arbitrary<readonly unknown[]> }).map(([call, args]) =>
    fc.record({ call: fc.constant(call), args }),
  );
  const step: fc.Arbitrary<ServerStep> = fc.oneof(
    { weight: UNIT, arbitrary: fc.oneof(...calls) },
    { weight: Math.round(UNIT * crashes), arbitrary: fc.constant({ crash: 'server' as const }) },
  );
  return checkSteps(fc.array(step, { maxLength, size: 'max' }), (steps) => play(property, steps), options);
}

async function play<S, Model>(property: ServerProperty<S, Model>, steps: readonly ServerStep[]): Promise<void> {
  const { kernel } = await anotherWorld(true);
  const server = await property.start();
  let model = property.model();
  for (const step of steps) {
    let happened: ServerHappened<S>;
    if ('crash' in step) {
      const pid = property.pid === undefined ? running(server) : property.pid();
      if (pid === undefined || !isAlive(pid)) continue;
      exit(pid, 'kill');
      happened = { did: 'crash' };
    } else happened = await call(server, step.call, step.args);
    await settle(kernel);
    model = (property.after(model, happened) as Model | undefined) ?? model;
  }
  await property.holds(model, server);
}

/** Who has the name of that reference now. */
function running<S>(server: Ref<S>): Pid | undefined {
  const found = server instanceof Handle ? server.resolve() : server;
  return found instanceof ProcessId ? found : undefined;
}

async function call<S>(server: Ref<S>, name: string, args: readonly unknown[]): Promise<ServerHappened<S>> {
  const request = server as unknown as { call(name: string, ...args: readonly unknown[]): Promise<unknown> };
  const taken = (reply: unknown, error: unknown) => ({ did: 'call', name, args, reply, error }) as unknown as ServerHappened<S>;
  try {
    return taken(await request.call(name, ...args), undefined);
  } catch (error) {
    return taken(undefined, error);
  }
}
