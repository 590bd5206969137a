import type { Answer } from './answer.js';

/** Of `refresh`. */
export interface RefreshOptions {
  /** How long the server may take, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/** What is used of the stock client's socket, any version from 1.4 to 1.8, beside what its types say. */
interface Inside {
  makeRef(): string;
  push(frame: { topic: string; event: string; payload: object; ref: string; join_ref: null }): void;
  onMessage(
    callback: (message: { ref: string | null; event: string; payload: { status: 'ok' | 'error'; response: unknown } }) => void,
  ): unknown;
  off?(refs: unknown[]): void;
}

declare function setTimeout(callback: () => void, ms: number): unknown;

/**
 * Shows the server something newer than the socket connected with, a new token before the old one expires: the socket's
 * `refresh` decides. The connection and its channels stay. Never rejects; `timeout` also when the connection is lost meanwhile.
 */
export function refresh(socket: object, params: object, { timeoutMs = 10_000 }: RefreshOptions = {}): Promise<Answer<{}, unknown>> {
  // The types of the stock client do not say all that it has.
  const inside = socket as Inside;
  const ref = inside.makeRef();
  return new Promise((resolve) => {
    const heard = inside.onMessage((message) => {
      if (message.ref !== ref || message.event !== 'phx_reply') return;
      done({ status: message.payload.status, response: message.payload.response as {} });
    });
    const done = (answer: Answer<{}, unknown>): void => {
      inside.off?.([heard]);
      resolve(answer);
    };
    setTimeout(() => done({ status: 'timeout' }), timeoutMs);
    inside.push({ topic: 'phoenix', event: 'refresh', payload: params, ref, join_ref: null });
  });
}
