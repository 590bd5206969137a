import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Pid } from '@rekindle/kernel';

/** What a table's user asks of the gateway; the answer is one of `Answer`'s codes. */
export type StoreRequest =
  | readonly ['create', name: string, maxBytes: number, owner: Pid]
  | readonly ['open', name: string]
  | readonly ['put' | 'putNew', table: number, key: string, value: Uint8Array]
  | readonly ['delete', table: number, key: string]
  | readonly ['counter', name: string];

export interface OpenTable {
  readonly id: number;
  readonly memory: SharedArrayBuffer;
}

export const DONE = 1;
export const NOT_DONE = 2;
export const NO_TABLE = 3;
export const FULL = 4;

export interface StoreAnswer {
  readonly code: number;
  readonly table?: OpenTable;
  readonly counter?: number;
}

/** How a thread has its store changed: at once on the gateway, by asking it, waiting, elsewhere. */
export interface Store {
  readonly counters: SharedArrayBuffer;
  ask(request: StoreRequest): StoreAnswer;
}

export const MAX_COUNTERS = 1 << 14;

/** Where a scheduler finds the gateway's answer. */
const STATE = 0;
const WAITING = 1;
const ANSWERED = 2;
const CODE = 1;
const COUNTER = 2;
export const STORE_ANSWER_WORDS = 4;

/** What a scheduler is given to reach the store. */
export interface StoreAccess {
  readonly port: MessagePort;
  readonly answer: SharedArrayBuffer;
  readonly counters: SharedArrayBuffer;
}

/** A scheduler's way to the store: blocks its thread until the gateway has done what it was asked. */
export class StoreClient implements Store {
  readonly counters: SharedArrayBuffer;
  readonly #port: MessagePort;
  readonly #answer: Int32Array;
  readonly #prepare: (request: StoreRequest) => unknown;

  /** `prepare` makes of a request what can be posted: a pid is encoded. */
  constructor({ port, answer, counters }: StoreAccess, prepare: (request: StoreRequest) => unknown) {
    this.counters = counters;
    this.#port = port;
    this.#answer = new Int32Array(answer);
    this.#prepare = prepare;
  }

  ask(request: StoreRequest): StoreAnswer {
    const answer = this.#answer;
    Atomics.store(answer, STATE, WAITING);
    this.#port.postMessage(this.#prepare(request));
    while (Atomics.load(answer, STATE) === WAITING) Atomics.wait(answer, STATE, WAITING);
    const code = answer[CODE] as number;
    if (code === DONE && (request[0] === 'create' || request[0] === 'open')) {
      return { code, table: (receiveMessageOnPort(this.#port) as { message: OpenTable }).message };
    }
    return request[0] === 'counter' && code === DONE ? { code, counter: answer[COUNTER] as number } : { code };
  }
}

/** Writes the answer where the waiting thread finds it. Runs on the gateway. */
export function writeAnswer(words: Int32Array, { code, counter }: StoreAnswer): void {
  words[CODE] = code;
  words[COUNTER] = counter ?? 0;
  Atomics.store(words, STATE, ANSWERED);
  Atomics.notify(words, STATE);
}
