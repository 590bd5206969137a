import { type ExitReason, isOrderly } from '../exit-reason.js';
import { crashed } from '../process/crash.js';
import { setCurrent } from '../process/current.js';
import { die } from '../process/death.js';
import { DEAD, HELD, SUSPENDED, WAKE } from '../process/flags.js';
import { EMPTY, type Proc } from '../process/proc.js';
import { throwStray } from '../process/strays.js';
import { endStretch } from '../scheduler/turns.js';
import { Behaviour, thrownReason } from './behaviour.js';
import { Context } from './context.js';
import { Expired, Receiver } from './receiver.js';
import type { Body, Handler } from './spawn.js';

type Running = Iterator<unknown, unknown, unknown>;

/** Processes whose code is one function: those made by `spawn`, and tasks. One behaviour for all of a kind. */
export class PlainBehaviour extends Behaviour {
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  override wake(proc: Proc): void {
    throwStray(proc);
    if (proc.instance instanceof Receiver) {
      const receiver = proc.instance;
      this.#drive(proc, receiver, { done: false, value: receiver });
      return;
    }
    const body = proc.instance as Body<unknown>;
    proc.instance = null;
    const running = body(new Context(proc)) as Promise<void> | Running | Handler<unknown> | undefined;
    if ((proc.flags & DEAD) !== 0) return;
    if (typeof running === 'function') proc.instance = running;
    else if (typeof running !== 'object' || running === null) die(proc, 'normal');
    else if ('then' in running) this.#follow(proc, running);
    else {
      const receiver = Receiver.of(proc);
      receiver.generator = running;
      this.#drive(proc, receiver, running.next());
    }
  }

  override handle(proc: Proc, message: unknown): void {
    const { instance } = proc;
    if (typeof instance === 'function') {
      const handling: unknown = instance(message);
      if (typeof handling === 'object' && handling !== null && (proc.flags & DEAD) === 0) this.#awaitHandler(proc, handling);
      return;
    }
    const receiver = Receiver.of(proc);
    if (!receiver.accept(message)) receiver.save(message);
    else if (receiver.generator !== null) {
      this.#drive(proc, receiver, receiver.generator.next(message instanceof Expired ? undefined : message));
    }
  }

  override fail(proc: Proc, thrown: unknown): void {
    end(proc, thrownReason(thrown) ?? { nocatch: thrown });
  }

  /** Runs a generator on from `step` until it has to wait. */
  #drive(proc: Proc, receiver: Receiver, first: IteratorResult<unknown, unknown>): void {
    const generator = receiver.generator as Running;
    let step = first;
    for (let received = 0; (proc.flags & DEAD) === 0; received++) {
      if (step.done === true) {
        die(proc, 'normal');
      } else if (step.value === receiver) {
        if ((received > 0 && received >= proc.kernel.turns.slice) || (proc.flags & HELD) !== 0) {
          proc.flags |= WAKE;
          return;
        }
        const message = receiver.poll();
        if (message === EMPTY && receiver.park()) return;
        step = generator.next(message === EMPTY ? undefined : message);
      } else {
        this.#awaitYielded(proc, receiver, generator, step.value);
        return;
      }
    }
  }

  /** `yield promise` in a generator process awaits it. */
  #awaitYielded(proc: Proc, receiver: Receiver, generator: Running, yielded: unknown): void {
    proc.flags |= SUSPENDED;
    const go = (next: () => IteratorResult<unknown, unknown>): void => {
      if ((proc.flags & (DEAD | SUSPENDED)) !== SUSPENDED) return;
      proc.flags &= ~SUSPENDED;
      const previous = setCurrent(proc);
      try {
        this.#drive(proc, receiver, next());
      } catch (thrown) {
        this.fail(proc, thrown);
      }
      setCurrent(previous);
      endStretch(proc);
    };
    Promise.resolve(yielded).then(
      (value) => go(() => generator.next(value)),
      (error: unknown) =>
        go(() => {
          if (generator.throw === undefined) throw error;
          return generator.throw(error);
        }),
    );
  }

  /** No further message until the promise that a handler returned has settled. */
  #awaitHandler(proc: Proc, handling: object): void {
    proc.flags |= SUSPENDED;
    const go = (after: () => void): void => {
      if ((proc.flags & (DEAD | SUSPENDED)) !== SUSPENDED) return;
      proc.flags &= ~SUSPENDED;
      const previous = setCurrent(proc);
      after();
      setCurrent(previous);
      endStretch(proc);
    };
    Promise.resolve(handling).then(
      () => go(() => {}),
      (thrown: unknown) => go(() => this.fail(proc, thrown)),
    );
  }

  #follow(proc: Proc, running: Promise<void>): void {
    const done = (reason: ExitReason): void => {
      const previous = setCurrent(proc);
      end(proc, reason);
      setCurrent(previous);
    };
    running.then(
      () => done('normal'),
      (thrown: unknown) => done(thrownReason(thrown) ?? { nocatch: thrown }),
    );
  }
}

function end(proc: Proc, reason: ExitReason): void {
  if ((proc.flags & DEAD) !== 0) return;
  if (!isOrderly(reason)) crashed(proc, reason, () => undefined);
  die(proc, reason);
}

export const plain: Behaviour = new PlainBehaviour('process');
