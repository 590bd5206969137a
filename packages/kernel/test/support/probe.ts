import { type Context, type Pid, type SpawnOptions, spawn } from '@rekindle/kernel';

type Body = (context: Context<unknown>) => Generator<unknown, void, unknown>;

const POKE = 'probe: next task';

function isPoke(message: unknown): boolean {
  return message === POKE;
}

/** A plain process that does what the test tells it to and otherwise leaves its mail in the mailbox. */
export class Probe {
  readonly pid: Pid<unknown>;
  readonly #tasks: Body[] = [];

  constructor(options: SpawnOptions = {}, start: (body: Body, options: SpawnOptions) => Pid<unknown> = spawn) {
    const tasks = this.#tasks;
    this.pid = start(function* (context) {
      for (;;) {
        yield* context.receive(isPoke);
        yield* (tasks.shift() as Body)(context);
      }
    }, options);
  }

  /** Runs `work` inside the process: resolves to what it returns. Never settles if that ends the process. */
  do<T>(work: (context: Context<unknown>) => T): Promise<Awaited<T>> {
    return new Promise((resolve, reject) => {
      this.#perform(function* (context) {
        try {
          resolve((yield work(context)) as Awaited<T>);
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  /** As `do`, but nothing is caught: what `work` throws ends the process. */
  tell(work: (context: Context<unknown>) => unknown): void {
    this.#perform(function* (context) {
      yield work(context);
    });
  }

  /** Its next message, waiting for it if need be. */
  next<M = unknown>(fits: (message: unknown) => boolean = () => true): Promise<M> {
    return new Promise((resolve) => {
      this.#perform(function* (context) {
        resolve((yield* context.receive((message) => !isPoke(message) && fits(message))) as M);
      });
    });
  }

  /** All messages it has by now. */
  mail(): Promise<unknown[]> {
    return new Promise((resolve) => {
      this.#perform(function* (context) {
        const mail: unknown[] = [];
        // `undefined` is a message too, so what was received is noted by the test of the message.
        const taken = (message: unknown): boolean => !isPoke(message) && mail.push(message) > 0;
        for (let before = -1; before < mail.length; ) {
          before = mail.length;
          yield* context.after(0).receive(taken);
        }
        resolve(mail);
      });
    });
  }

  #perform(body: Body): void {
    this.#tasks.push(body);
    this.pid.send(POKE);
  }
}
