import type { SocketClass } from '@rekindle/channels';
import { type AnyProcess, type Children, register, type SupervisorOptions } from '@rekindle/kernel';
import { type Launchable, makeBehaviour } from '@rekindle/kernel/internal';

import { checkEndpoint } from './options.js';

/** One socket of the endpoint. */
export interface SocketOptions {
  readonly handler: SocketClass;
  /** WebSockets at `<path>/websocket`. Default true. */
  readonly websocket?: boolean;
  /** Long-polling at `<path>/longpoll`. Default false. */
  readonly longpoll?: boolean;
  /** How long a poll waits for something to send. Default 10,000. */
  readonly longpollWindowMs?: number;
  /** Takes the stock client's `authToken`, handed to `connect` as `info.authToken`. Default false. */
  readonly authToken?: boolean;
  /** A connection whose client says nothing for so long is closed. Default 60,000. */
  readonly timeoutMs?: number;
  /** Larger frames close the connection with 1009. Default 65,536. */
  readonly maxFrameBytes?: number;
  /** Topics one connection can have joined at a time. Default 100. */
  readonly maxChannels?: number;
}

/** Answers HTTP requests: Hono and its like, or a function. Runs on a scheduler. */
export type FetchHandler = { fetch(request: Request): Response | Promise<Response> } | ((request: Request) => Response | Promise<Response>);

/** A URL, an absolute path, or one relative to the working directory. */
export type Folder = string | URL;

export interface Endpoint {
  /** Sockets by path: `{ '/socket': { handler: UserSocket } }`. */
  readonly sockets?: { readonly [path: string]: SocketOptions };
  readonly http?: FetchHandler;
  /** A folder of static files, or several by the path they appear under, looked into in that order. */
  readonly static?: Folder | { readonly [path: string]: Folder };
  /** Origins that browsers may connect from: `true` (default) for the page's own host, a list of hosts, or `false` for all. */
  readonly checkOrigin?: boolean | readonly string[];
  /** A client that leaves more than this unread is disconnected. Default 1 MiB. */
  readonly maxBufferedBytes?: number;
  /** Larger HTTP request bodies are answered with 413. Default 1 MiB. */
  readonly maxBodyBytes?: number;
}

export interface Application extends SupervisorOptions {
  readonly children: readonly unknown[];
  readonly endpoint?: Endpoint;
}

/**
 * What a node that serves sockets consists of: its children in start order, and its endpoint. The module that exports it by
 * default is loaded once in every scheduler. Parts with a configuration of their own, classes that extend the kernel's
 * `Application`, are children like any other. OTP: `Application`'s `start/2`.
 */
export function defineApplication<T extends readonly AnyProcess[]>(
  application: SupervisorOptions & { readonly children: Children<T>; readonly endpoint?: Endpoint },
): Application {
  if (application.endpoint !== undefined) checkEndpoint(application.endpoint);
  for (const child of application.children as readonly unknown[]) {
    const Class = typeof child === 'function' ? child : (child as { start: unknown }).start;
    if (typeof Class === 'function' && makeBehaviour in Class) register(Class as unknown as Launchable);
  }
  return application;
}
