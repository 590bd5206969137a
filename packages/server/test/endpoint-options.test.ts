import { Channel, routes, Socket } from '@rekindle/channels';
import { MisuseError } from '@rekindle/kernel';
import { defineApplication } from '@rekindle/server';
import { describe, expect, it } from 'vitest';

class Room extends Channel {
  override join(): void {}
}

class UserSocket extends Socket {
  static readonly channels = routes({ 'room:*': Room });
  override connect() {
    return {};
  }
}

/** What is said about endpoint options, or that they are fine. */
function verdict(endpoint: object): string {
  try {
    defineApplication({ children: [], endpoint });
    return 'fine';
  } catch (error) {
    if (error instanceof MisuseError && error.code === 'bad_option')
      return error.message.replace('defineApplication: endpoint', 'endpoint');
    throw error;
  }
}

describe('options of an endpoint', () => {
  it.each([
    {},
    { path: '/app' },
    { path: '/app/below/' },
    { path: '' },
    { limits: false },
    { limits: { connects: false, joins: { perSecond: 0.5, burst: 1 } } },
    { trustedProxies: ['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'], proxyProtocol: true },
    { checkOrigin: () => true },
    { serializers: { '3.0.0': 'file:///serializer.js', '4.1.*': new URL('file:///other.js') } },
    { drainer: { readinessMs: 0, batchSize: 1, batchIntervalMs: 0, deadlineMs: 0 }, readiness: '/ready' },
    { tls: { certFile: 'cert.pem', keyFile: new URL('file:///key.pem') }, httpCompression: false },
    {
      sockets: {
        '/s': {
          handler: UserSocket,
          limits: { events: false },
          compression: true,
          connectInfo: { xHeaders: ['X-Real-IP'] },
          errorHandler: () => ({ status: 400 }),
        },
      },
    },
  ])('%j are fine', (endpoint) => {
    expect(verdict(endpoint)).toBe('fine');
  });

  it.each([
    [{ path: 'app' }, "endpoint.path: expected a path such as /app, got 'app'"],
    [{ limits: true }, 'endpoint.limits: expected false or { connects?, joins?, events? }, each { perSecond, burst } or false, got true'],
    [
      { trustedProxies: ['10.0.0.0/33'] },
      "endpoint.trustedProxies.0: expected an address or a network such as 10.0.0.0/8, got '10.0.0.0/33'",
    ],
    [
      { trustedProxies: ['proxy.local'] },
      "endpoint.trustedProxies.0: expected an address or a network such as 10.0.0.0/8, got 'proxy.local'",
    ],
    [{ proxyProtocol: true }, 'endpoint.proxyProtocol: expected trustedProxies beside it, and no tls (the proxy has to end TLS)'],
    [
      { proxyProtocol: true, trustedProxies: ['::1'], tls: { certFile: 'a', keyFile: 'b' } },
      'endpoint.proxyProtocol: expected trustedProxies beside it, and no tls (the proxy has to end TLS)',
    ],
    [{ checkOrigin: 'example.com' }, "endpoint.checkOrigin: expected true, false, a list of hosts or a function, got 'example.com'"],
    [{ serializers: { three: 'x' } }, "endpoint.serializers: expected a version such as 3.0.0 or 3.0.*, got 'three'"],
    [{ drainer: { batchSize: 0 } }, 'endpoint.drainer.batchSize: Too small: expected number to be >=1, got 0'],
    [{ readiness: 'ready' }, "endpoint.readiness: expected a path that begins with /, got 'ready'"],
    [{ tls: { certFile: 'a' } }, 'endpoint.tls.keyFile: '],
    [
      { sockets: { '/s': { handler: UserSocket, connectInfo: { xHeaders: ['cookie'] } } } },
      'expected the name of a header that begins with x-',
    ],
    [{ sockets: { '/s': { handler: UserSocket, limits: { connects: false } } } }, 'Unrecognized key: "connects"'],
    [
      { sockets: { '/s': { handler: UserSocket, limits: { joins: { perSecond: 0, burst: 1 } } } } },
      'limits.joins.perSecond: Too small: expected number to be >0, got 0',
    ],
    [{ sockets: { '/s': { handler: UserSocket, errorHandler: 403 } } }, 'errorHandler: expected a function, got 403'],
  ])('%j: %s', (endpoint, message) => {
    expect(verdict(endpoint)).toContain(message);
  });
});

describe('options of a channel class', () => {
  it.each([
    [{ shutdown: -1 }, "Odd.options.shutdown: expected milliseconds, 'brutalKill' or 'infinity', got -1"],
    [{ maxMailbox: 0 }, 'Odd.options.maxMailbox: expected a whole number of at least 1, got 0'],
    [{ restart: 'permanent' }, "Odd.options: unknown key 'restart', expected shutdown, maxMailbox"],
  ])('%j', (options, message) => {
    class Odd extends Room {
      static override readonly options = options as object;
    }
    expect(() => routes({ 'odd:*': Odd })).toThrow(message);
  });
});
