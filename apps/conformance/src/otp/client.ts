import { type Context, type Pid, type SpawnOptions, spawn } from '@rekindle/kernel';
import type { World } from './world.js';

/** A piece of work for a client process; it yields to wait. */
export type Work = (context: Context<unknown>) => Generator<unknown, void, unknown>;

interface Control {
  readonly type: '$control';
  readonly work: Work;
}

function isControl(message: unknown): message is Control {
  return (message as { type?: unknown } | null)?.type === '$control';
}

function* serve(context: Context<unknown>): Generator<unknown, void, unknown> {
  for (;;) {
    const control = yield* context.receive(isControl);
    yield* control.work(context);
  }
}

/** A plain process that does what it is told and leaves every other message in its mailbox. */
export class Client {
  readonly label: string;
  readonly pid: Pid;
  /** Has not done yet what it was told. */
  busy = false;

  constructor(label: string, world: World, options: SpawnOptions, start: (body: typeof serve, options: SpawnOptions) => Pid = spawn) {
    this.label = label;
    this.pid = start(serve, options);
    world.name(this.pid, label);
    world.current(label, this.pid);
    world.started(this.pid);
    world.watch(this.pid);
  }

  tell(work: Work): void {
    this.busy = true;
    this.#control((context) => this.#perform(work, context));
  }

  /** Takes all messages out of the mailbox. */
  async drain(world: World): Promise<unknown[]> {
    const mail: unknown[] = [];
    this.#control(function* (context) {
      for (let message = yield* peek(context); message !== undefined; message = yield* peek(context)) mail.push(message);
    });
    await world.settled();
    return mail;
  }

  *#perform(work: Work, context: Context<unknown>): Generator<unknown, void, unknown> {
    yield* work(context);
    this.busy = false;
  }

  #control(work: Work): void {
    this.pid.send({ type: '$control', work });
  }
}

/** The first fitting message that is already there, or undefined. */
export function* peek(context: Context<unknown>, fits: (message: unknown) => boolean = () => true): Generator<unknown, unknown, unknown> {
  return yield* context.after(0).receive((message) => !isControl(message) && fits(message));
}

export function newest(clients: readonly Client[], label: string): Client | undefined {
  return clients.findLast((client) => client.label === label);
}
