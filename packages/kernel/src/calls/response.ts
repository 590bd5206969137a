import type { Api, Args, Ref, ReplyOf } from '../behaviours/types.js';
import type { CallError } from '../errors.js';
import { current } from '../process/current.js';
import { attach } from '../process/owned.js';
import { settleFor } from '../process/resume.js';
import { resolve } from '../process/verbs.js';
import { kernel } from '../runtime.js';
import { Timer } from '../timers/timer.js';
import { callByPid, rejectCall } from './call.js';

/** How a request went. */
export type Response<R> = { readonly ok: true; readonly reply: R } | { readonly ok: false; readonly error: CallError };

/** A request whose answer is waited for elsewhere. OTP: a `request_id`. */
export class RequestId<R> {
  response: Response<R> | null = null;
  readonly waiting = new Set<(response: Response<R>) => void>();

  constructor(answer: Promise<R>) {
    answer.then(
      (reply) => this.#settle({ ok: true, reply }),
      (error: CallError) => this.#settle({ ok: false, error }),
    );
  }

  #settle(response: Response<R>): void {
    this.response = response;
    for (const tell of this.waiting) tell(response);
    this.waiting.clear();
  }
}

/**
 * Sends a request now, to wait for its answer later, or for those of several in any order. Never rejects and has no timeout of
 * its own. A `call` that is not awaited does the same; this one can be waited for again. OTP: `gen_server:send_request/2`.
 */
export function sendRequest<S, K extends keyof Api<S>>(to: Ref<S>, name: K, ...args: Args<Api<S>[K]>): RequestId<ReplyOf<Api<S>[K]>> {
  const here = kernel();
  const pid = resolve(here, to);
  const answer =
    pid === undefined
      ? rejectCall(here, current, 'noproc', String(name))
      : callByPid(current, pid, String(name), args, Number.POSITIVE_INFINITY);
  return new RequestId(answer as Promise<ReplyOf<Api<S>[K]>>);
}

/** The waiting stops; the request goes on. */
class GiveUp extends Timer {
  readonly #act: () => void;
  constructor(act: () => void) {
    super();
    this.#act = act;
  }
  override fire(): void {
    this.#act();
  }
}

/**
 * Waits for the answer to a request: resolves to how it went, or to undefined after `timeoutMs` (default: no limit), when it can
 * be waited for again. OTP: `gen_server:wait_response/2`.
 */
export function waitResponse<R>(request: RequestId<R>, timeoutMs: number = Number.POSITIVE_INFINITY): Promise<Response<R> | undefined> {
  const here = kernel();
  const owner = current;
  return new Promise((resolve) => {
    const settle = resolve as (value: unknown) => void;
    if (request.response !== null || timeoutMs === 0) {
      settleFor(owner, settle, request.response ?? undefined);
      return;
    }
    const tell = (response: Response<R>): void => {
      giveUp.drop();
      settleFor(owner, settle, response);
    };
    const giveUp = new GiveUp(() => {
      giveUp.drop();
      request.waiting.delete(tell);
      settleFor(owner, settle, undefined);
    });
    if (owner !== null) attach(owner, giveUp);
    if (timeoutMs !== Number.POSITIVE_INFINITY) here.timers.start(giveUp, timeoutMs);
    request.waiting.add(tell);
  });
}
