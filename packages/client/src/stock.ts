// What is used of the stock client, any version of it.

export interface StockPush {
  receive(status: never, callback: (response?: never) => void): unknown;
}

export interface StockChannel {
  join(timeoutMs?: number): StockPush;
  leave(timeoutMs?: number): StockPush;
  push(event: string, payload: object, timeoutMs?: number): StockPush;
  on(event: string, callback: (payload?: never) => void): number;
  off(event: string, ref?: number): void;
}

export interface StockSocket {
  channel(topic: string, params?: object | (() => object)): StockChannel;
}
