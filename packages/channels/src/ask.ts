import { attach, type Kernel, type Proc, Timer } from '@rekindle/kernel/internal';
import type { Payload } from '@rekindle/pubsub';

// The server asks with the event `rekindle:ask`, whose payload is { ref, event, payload }. The client answers with `rekindle:answer`:
// { ref, status: 'ok' | 'error', response }. Both are ordinary events to the stock client.

const ASK = 'rekindle:ask';
export const ANSWER = 'rekindle:answer';

/** Of `Channel.ask`. */
export interface AskOptions {
  /** How long the client may take, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number;
}

export type AskErrorCode = 'timeout' | 'refused';

/** The client has not answered in time, or has answered with an error. */
export class AskError extends Error {
  override readonly name = 'AskError';
  readonly code: AskErrorCode;
  /** What the client has said. */
  readonly response: unknown;

  constructor(code: AskErrorCode, message: string, response?: unknown) {
    super(message);
    this.code = code;
    this.response = response;
  }
}

const DEFAULT_TIMEOUT_MS = 5000;

/**
 * Questions of one channel that wait for an answer. Answers come past the mailbox: the process that waits for one takes no
 * messages. When the process ends nobody waits any more, and nothing is settled.
 */
export class Questions {
  readonly #waiting = new Map<string, Question>();
  #next = 1;

  ask(proc: Proc, event: string, payload: Payload, options: AskOptions, push: (event: string, payload: Payload) => void): Promise<unknown> {
    if (typeof payload !== 'string') throw new TypeError('the payload of a question: expected an object, got bytes');
    const ref = String(this.#next++);
    return new Promise((resolve, reject) => {
      const { timeoutMs = DEFAULT_TIMEOUT_MS } = options;
      const question = new Question(resolve, reject, () => {
        this.#waiting.delete(ref);
        reject(new AskError('timeout', `the client did not answer '${event}' within ${timeoutMs} ms`));
      });
      this.#waiting.set(ref, question);
      question.start(proc, timeoutMs);
      push(ASK, `{"ref":"${ref}","event":${JSON.stringify(event)},"payload":${payload}}`);
    });
  }

  /** What a client says may be anything; what answers no question that waits is dropped. */
  answered(answer: unknown): void {
    if (typeof answer !== 'object' || answer === null) return;
    const { ref, status, response } = answer as { readonly [key: string]: unknown };
    const question = typeof ref === 'string' ? this.#waiting.get(ref) : undefined;
    if (question === undefined) return;
    this.#waiting.delete(ref as string);
    question.drop();
    if (status === 'ok') question.resolve(response);
    else question.reject(new AskError('refused', 'the client answered with an error', response));
  }
}

/** Its clock ends with the process that asks. */
class Question extends Timer {
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: AskError) => void;
  readonly #late: () => void;

  constructor(resolve: (response: unknown) => void, reject: (error: AskError) => void, late: () => void) {
    super();
    this.resolve = resolve;
    this.reject = reject;
    this.#late = late;
  }

  start(proc: Proc, timeoutMs: number): void {
    attach(proc, this);
    (proc.kernel as Kernel).timers.start(this, timeoutMs);
  }

  override fire(): void {
    this.drop();
    this.#late();
  }
}
