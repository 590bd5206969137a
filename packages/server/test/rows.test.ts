import type { OpenRequest } from '@rekindle/channels/internal';
import { v1, v2 } from '@rekindle/channels/wire';
import type { Content } from '@rekindle/pubsub';
import { Connection, Rows, type SocketSpec } from '@rekindle/server/internal';
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
});

const handshake = { accept: () => undefined, refuse: () => {} };
const nobody = { received: () => {}, gone: () => {}, pressed: () => {}, tooSlow: () => {}, saidTooMuch: () => {} };
const said = (payload: string | Uint8Array = '{}', event = 'e'): Extract<Content, { kind: 'event' }> => ({ kind: 'event', event, payload });

/** An adapter's rows, and connections whose sockets note what they get. */
function open() {
  const sockets = new Map<string, Set<object>>();
  const got: [row: string, frame: unknown, except: unknown][] = [];
  const rows = new Rows([{ publish: (row, frame, except) => void got.push([row, frame, except]) }]);
  let id = 0;
  const connection = (): Connection => {
    const made = new Connection(nobody, { connection: ++id } as OpenRequest, {} as SocketSpec, 0, handshake);
    const socket = {
      send: (frame: unknown) => void got.push([`connection ${made.id}`, frame, undefined]),
      close: () => {},
      join: (row: string) => void (sockets.get(row) ?? sockets.set(row, new Set()).get(row))?.add(socket),
      leave: (row: string) => void sockets.get(row)?.delete(socket),
      bufferedBytes: 0,
    };
    made.socket = socket;
    return made;
  };
  const join = (made: Connection, topic: string, serializer = v2, intercepts: string[] = []): void => {
    const row = rows.row(topic, serializer, intercepts);
    made.topics.set(topic, { joinRef: '"1"', row });
    rows.add(row, made);
  };
  return { rows, got, sockets, connection, join };
}

describe('a broadcast', () => {
  it('is encoded once per serializer, however many connections and rows there are', () => {
    const { rows, got, connection, join } = open();
    for (let i = 0; i < 100; i++) join(connection(), 't');
    for (let i = 0; i < 100; i++) join(connection(), 't', v1);
    for (let i = 0; i < 100; i++) join(connection(), 't', v2, ['other']);
    const [inV1, inV2] = [vi.spyOn(v1, 'broadcast'), vi.spyOn(v2, 'broadcast')];
    rows.publish('t', said(), undefined);
    expect([inV1.mock.calls.length, inV2.mock.calls.length]).toEqual([1, 1]);
    expect(got.map(([, frame]) => frame)).toEqual([
      v2.broadcast('t', 'e', '{}'),
      v1.broadcast('t', 'e', '{}'),
      v2.broadcast('t', 'e', '{}'),
    ]);
    rows.publish('nobody', said(), undefined);
    expect(inV2).toHaveBeenCalledTimes(3);
  });

  it('is not encoded for a serializer that nobody speaks', () => {
    const { rows, connection, join } = open();
    join(connection(), 't');
    const inV1 = vi.spyOn(v1, 'broadcast');
    rows.publish('t', said(), undefined);
    expect(inV1).not.toHaveBeenCalled();
  });

  it('of bytes leaves out those who speak version 1, which cannot say it', () => {
    const { rows, got, connection, join } = open();
    join(connection(), 't', v1);
    join(connection(), 't');
    rows.publish('t', said(new Uint8Array([1])), undefined);
    expect(got).toHaveLength(1);
    expect(got[0]?.[1]).toBeInstanceOf(Uint8Array);
  });

  it('leaves out one connection, and those whose channels look at the event themselves', () => {
    const { rows, got, connection, join } = open();
    const [one, two] = [connection(), connection()];
    join(one, 't');
    join(two, 't', v2, ['e']);
    rows.publish('t', said(), one);
    expect(got).toEqual([['v2  t', expect.any(String), one.socket]]);
    rows.publish('t', said('{}', 'another'), one);
    expect(got.slice(1).map(([row, , except]) => [row, except])).toEqual([
      ['v2  t', one.socket],
      ['v2 ["e"] t', undefined],
    ]);
  });

  it('waits, for a connection that waits for its subscription, in that connection’s own order', async () => {
    const { rows, got, sockets, connection, join } = open();
    const one = connection();
    let confirm = (): void => {};
    const released = vi.fn(() => rows.released(rows.row('t', v2, []), one));
    one.hold(new Promise((resolve) => (confirm = resolve)), released);
    join(one, 't');
    one.send('reply');
    rows.publish('t', said(), undefined);
    expect(got.map(([to]) => to)).toEqual(['v2  t']);
    confirm();
    await vi.waitFor(() => expect(released).toHaveBeenCalledTimes(1));
    expect(got.slice(1).map(([to, frame]) => [to, frame])).toEqual([
      ['connection 1', 'reply'],
      ['connection 1', v2.broadcast('t', 'e', '{}')],
    ]);
    expect([...(sockets.get('v2  t') ?? [])]).toEqual([one.socket]);
  });

  it('goes nowhere when the last connection has left', () => {
    const { rows, got, connection, join } = open();
    const [one, two] = [connection(), connection()];
    join(one, 't');
    join(two, 't');
    const row = rows.row('t', v2, []);
    rows.remove(row, one);
    rows.publish('t', said(), undefined);
    rows.remove(row, two);
    rows.publish('t', said(), undefined);
    expect(got).toHaveLength(1);
  });
});
