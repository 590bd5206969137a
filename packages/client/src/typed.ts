import type { At, ChannelTypes, Topics } from './channel-types.js';
import type { StockSocket } from './stock.js';

/** A push on its way. The callbacks of one status are called in the order they were given, also when the answer is there already. */
export interface TypedPush<Reply, Failure> {
  receive<S extends 'ok' | 'error' | 'timeout'>(
    status: S,
    callback: (response: { ok: Reply; error: Failure; timeout: undefined }[S]) => void,
  ): this;
  send(): void;
  resend(timeoutMs: number): void;
}

/** The stock client's channel, with the types of its contract. */
export interface TypedChannel<C extends ChannelTypes> {
  state: 'closed' | 'errored' | 'joined' | 'joining' | 'leaving';
  topic: string;
  join(timeoutMs?: number): TypedPush<C['join']['reply'], C['join']['error']>;
  leave(timeoutMs?: number): TypedPush<{}, {}>;
  push<E extends keyof C['in'] & string>(
    event: E,
    payload: C['in'][E]['sent'],
    timeoutMs?: number,
  ): TypedPush<C['in'][E]['reply'], C['in'][E]['error']>;
  /** Answers a reference for `off`. */
  on<E extends keyof C['out'] & string>(event: E, callback: (payload: C['out'][E]) => void): number;
  off(event: keyof C['out'] & string, ref?: number): void;
  onClose(callback: (payload: unknown, ref: unknown, joinRef: unknown) => void): number;
  onError(callback: (reason?: unknown) => void): number;
  onMessage(event: string, payload: unknown, ref: unknown): unknown;
}

/** The stock client's socket, whose channels have types. */
export interface TypedSocket<Map extends { [pattern: string]: ChannelTypes }> {
  /** `params` as a function is asked again at each rejoin. */
  channel<T extends Topics<keyof Map & string>>(
    topic: T,
    params: At<Map, T>['join']['sent'] | (() => At<Map, T>['join']['sent']),
  ): TypedChannel<At<Map, T>>;
}

/**
 * The same socket, with types: `typed<{ 'room:*': ChatContract }>(socket).channel('room:lobby', {})`. Does nothing at run
 * time; what the server sends is taken for what the contract says.
 */
export function typed<Map extends { [pattern: string]: ChannelTypes }>(socket: StockSocket): TypedSocket<Map> {
  return socket as unknown as TypedSocket<Map>;
}
