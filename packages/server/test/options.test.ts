import { Channel, routes, Socket } from '@rekindle/channels';
import { GenServer } from '@rekindle/kernel';
import { defineApplication } from '@rekindle/server';
import { describe, expect, it } from 'vitest';

class Room extends Channel {
  override join(): void {}
}
class UserSocket extends Socket {
  static channels = routes({ 'room:*': Room });
  override connect() {
    return {};
  }
}
class Worker extends GenServer {}

const define = (endpoint: object) => defineApplication({ children: [Worker], endpoint });
const socket = (options: object) => define({ sockets: { '/socket': { handler: UserSocket, ...options } } });

describe('the endpoint', () => {
  it.each<[string, () => unknown]>([
    [
      'every option at once',
      () =>
        define({
          sockets: {
            '/socket': {
              handler: UserSocket,
              websocket: true,
              longpoll: true,
              longpollWindowMs: 1,
              authToken: true,
              timeoutMs: 1,
              maxFrameBytes: 1,
              maxChannels: 1,
            },
          },
          http: { fetch: () => new Response() },
          static: { '/': 'public', '/docs': new URL('file:///docs'), '/assets': { folder: 'assets', cacheControl: 'no-cache' } },
          checkOrigin: ['//example.com'],
          maxBufferedBytes: 1,
          maxBodyBytes: 1,
        }),
    ],
    ['nothing', () => define({})],
    ['a handler that is a class with a method', () => define({ http: Object.create({ fetch: () => new Response() }) })],
  ])('takes %s', (_what, make) => {
    expect(make()).toMatchObject({ children: [Worker] });
  });

  it.each<[string, () => unknown]>([
    ["sockets: expected a path that begins with /, got 'socket'", () => define({ sockets: { socket: { handler: UserSocket } } })],
    [
      "sockets: expected a path without variables (the client can send parameters), got '/ws/:user'",
      () => define({ sockets: { '/ws/:user': { handler: UserSocket } } }),
    ],
    ['sockets: expected a path without variables', () => define({ sockets: { '/ws/*': { handler: UserSocket } } })],
    ['sockets./socket.handler: expected a class that extends Socket, got 7', () => socket({ handler: 7 })],
    ["sockets./socket.timeoutMs: expected number, received string, got '60s'", () => socket({ timeoutMs: '60s' })],
    ['sockets./socket.timeoutMs: Too small: expected number to be >=1, got 0', () => socket({ timeoutMs: 0 })],
    ['sockets./socket.maxFrameBytes: expected int, received number, got 1.5', () => socket({ maxFrameBytes: 1.5 })],
    ['sockets./socket.longpoll: expected boolean', () => socket({ longpoll: { windowMs: 10 } })],
    ['sockets./socket: Unrecognized key: "timeout"', () => socket({ timeout: 1000 })],
    ['Unrecognized key: "socket"', () => define({ socket: {} })],
    ['http: expected a function or an object with a function `fetch`, got { get: [Function: get] }', () => define({ http: { get() {} } })],
    ['static: expected a folder, or folders by path, got 7', () => define({ static: 7 })],
    ['static./: Unrecognized key: "maxAge"', () => define({ static: { '/': { folder: 'public', maxAge: 7 } } })],
    ['checkOrigin: expected true, false, a list of hosts or a function, got', () => define({ checkOrigin: /example/ })],
    ['maxBodyBytes: Too small: expected number to be >=1, got -1', () => define({ maxBodyBytes: -1 })],
  ])('refuses: %s', (message, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(message) }));
  });
});

describe('webhooks', () => {
  const secret = `whsec_${Buffer.alloc(24, 'secret').toString('base64')}`;
  const hook = { name: 'billing', url: 'https://example.com/hooks?key=hidden', secret, topics: ['room:*'] };
  const webhook = (options: object) => define({ webhooks: [{ ...hook, ...options }] });

  it('are taken', () => {
    expect(webhook({ events: ['joined', 'left'], maxQueued: 1, maxAgeMs: 1, timeoutMs: 1 })).toMatchObject({ children: [Worker] });
  });

  it.each<[string, () => unknown]>([
    ['webhooks.0.url: expected a URL that begins with https:// or http://', () => webhook({ url: 'example.com/hidden' })],
    ['webhooks.0.url: expected a URL', () => webhook({ url: 'ftp://example.com/hidden' })],
    ['without a user and password', () => webhook({ url: 'https://ann:hidden@example.com' })],
    ['webhooks.0.secret: expected whsec_ and 24 to 64 bytes in base64', () => webhook({ secret: 'hidden' })],
    ["webhooks.0.topics.0: expected a topic, or a pattern with '*' at its end, got '*:x'", () => webhook({ topics: ['*:x'] })],
    ['webhooks.0.events.0: expected one of "occupied"|"vacated"|"joined"|"left", got \'gone\'', () => webhook({ events: ['gone'] })],
    ['webhooks.0.timeoutMs: Too small', () => webhook({ timeoutMs: 0 })],
    ['webhooks.0: Unrecognized key: "path"', () => webhook({ path: '/' })],
    ['webhooks: expected a name of its own for each', () => define({ webhooks: [hook, hook] })],
  ])('refuse, and show no secret: %s', (message, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(message) }));
    expect(make).not.toThrow(/hidden|c2VjcmV0/);
  });
});

describe('routes', () => {
  it('takes * at the end only', () => {
    expect(() => routes({ 'room:*:x': Room })).toThrow("topic pattern 'room:*:x': expected '*' at the end only");
  });
});
