import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everywhere, Server, withThreads } from './support/server.js';

interface Answer {
  readonly status: number;
  readonly token?: string;
  readonly messages?: string[];
}

everywhere('long-polling, ADAPTER=$adapter SCHEDULERS=$schedulers', (options) => {
  const onThreads = withThreads(options);
  let server: Server;
  beforeAll(async () => {
    server = await Server.start(options);
  });
  afterAll(async () => {
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  const ask = async (query: string, init: RequestInit = {}, socket = '/polls'): Promise<Answer> => {
    const response = await server.fetch(`${socket}/longpoll?vsn=2.0.0${query}`, init);
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  };
  /** What a client does at one of the sockets. */
  const at = (socket: string) => {
    const open = async (query = ''): Promise<string> => {
      const { status, token } = await ask(query, {}, socket);
      expect(status).toBe(410);
      return token as string;
    };
    const post = (token: string, body: string): Promise<Answer> => ask(`&token=${token}`, { method: 'POST', body }, socket);
    const poll = (token: string): Promise<Answer> => ask(`&token=${token}`, {}, socket);
    /** All that comes until there are so many messages. */
    const messages = async (token: string, count: number): Promise<unknown[]> => {
      const all: unknown[] = [];
      while (all.length < count) for (const message of (await poll(token)).messages ?? []) all.push(JSON.parse(message));
      return all;
    };
    const join = async (token: string, topic: string): Promise<void> => {
      expect(await post(token, JSON.stringify(['1', '1', topic, 'phx_join', {}]))).toEqual({ status: 200 });
      expect(await messages(token, 1)).toMatchObject([['1', '1', topic, 'phx_reply', { status: 'ok' }]]);
    };
    return { open, post, poll, messages, join };
  };
  const { open, post, poll, messages, join } = at('/polls');

  // Windows of a second: whoever is slow, as all are on a busy machine, has two of them from one request to the next.
  describe.concurrent('a session with short windows', () => {
    const { open, post, poll, messages, join } = at('/short');

    it('ends when nobody polls for two windows, and its channels with it', async () => {
      const token = await open();
      await join(token, 'room:expiring');
      const from = server.child.output.length;
      await server.child.waitFor(/terminated room:expiring: \{"shutdown":"closed"\}/, { from });
      expect((await post(token, '[]')).status).toBe(410);
      const fresh = await poll(token);
      expect(fresh.status).toBe(410);
      expect(fresh.token).not.toBe(token);
    });

    it('lives as long as somebody polls', async () => {
      const token = await open();
      await join(token, 'room:1');
      for (let i = 0; i < 3; i++) expect(await poll(token)).toEqual({ status: 204, token, messages: [] });
      expect((await post(token, '["1","2","room:1","echo",{"n":1}]')).status).toBe(200);
      expect(await messages(token, 1)).toEqual([['1', '2', 'room:1', 'phx_reply', { response: { n: 1 }, status: 'ok' }]]);
    });

    it('is closed by what cannot be decoded', async () => {
      const token = await open();
      await join(token, 'room:1');
      await post(token, 'no frame');
      expect((await poll(token)).status).toBe(410);
    });
  });

  describe('a session', () => {
    it('answers a poll that a later one overtakes, and loses nothing', async () => {
      const { open, post, poll, join } = at('/patient');
      const token = await open();
      await join(token, 'room:1');
      // Nobody knows which of them comes first; both would wait for ten seconds, and both in vain.
      const polls = [poll(token), poll(token)] as const;
      const overtaken = await Promise.race(polls.map(async (answer, index) => ({ index, answer: await answer })));
      expect(overtaken.answer).toEqual({ status: 204, token, messages: [] });
      await post(token, '["1","2","room:1","echo",{"n":2}]');
      expect((await polls[overtaken.index === 0 ? 1 : 0]).messages).toHaveLength(1);
    });

    it('gets broadcasts in order with replies, also those of WebSocket clients', async () => {
      const [token, ann] = [await open(), await server.client()];
      await join(token, 'room:mixed');
      const ref = await ann.join('room:mixed');
      for (let n = 0; n < 20; n++) ann.send(JSON.stringify([ref, null, 'room:mixed', 'shout', { n }]));
      const got = (await messages(token, 20)) as [unknown, unknown, unknown, string, { n: number }][];
      expect(got.map(([, , , event, { n }]) => [event, n])).toEqual(Array.from({ length: 20 }, (_, n) => ['shout', n]));
      ann.close();
    });

    it('outlives a request with a line that is no frame; the lines before it are handled', async () => {
      const token = await open();
      await join(token, 'room:1');
      const body = ['["1","2","room:1","echo",{"n":2}]', 'not base64', '["1","3","room:1","echo",{"n":3}]'].join('\n');
      const query = `/polls/longpoll?vsn=2.0.0&token=${token}`;
      const response = await server.fetch(query, { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson' } });
      expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('expected a JSON array')]);
      expect((await post(token, '["1","4","room:1","echo",{"n":4}]')).status).toBe(200);
      expect((await messages(token, 2)).map((message) => (message as unknown[])[1])).toEqual(['2', '4']);
    });

    it('that leaves too much unread is closed, which is reported', async () => {
      const token = await open();
      await join(token, 'room:1');
      const from = server.child.output.length;
      await post(token, JSON.stringify(['1', '2', 'room:1', 'shove', { bytes: 30_000, count: 10 }]));
      await server.child.waitFor(/to \/polls: more than 200000 bytes waited to be read/, { from });
      expect((await poll(token)).status).toBe(410);
    });

    onThreads('survives the death of its thread', async () => {
      const { token } = await ask('&user=zoe', {}, '/patient');
      const query = `&token=${token}`;
      const send = (frame: string): Promise<Answer> => ask(query, { method: 'POST', body: frame }, '/patient');
      const next = async (): Promise<unknown[]> =>
        ((await ask(query, {}, '/patient')).messages ?? []).map((message) => JSON.parse(message));
      await send('["1","1","room:1","phx_join",{}]');
      expect(await next()).toMatchObject([['1', '1', 'room:1', 'phx_reply', { status: 'ok' }]]);
      send('["1","2","room:1","exit",{"code":3}]').catch(() => {}); // nobody is left to say that it was handled
      expect(await next()).toEqual([['1', '1', 'room:1', 'phx_error', { reason: 'channel_crash' }]]);
      await server.served();
      expect(await send('["5","5","room:1","phx_join",{}]')).toEqual({ status: 200 });
      expect(await next()).toMatchObject([['5', '5', 'room:1', 'phx_reply', { status: 'ok', response: { user: 'zoe' } }]]);
    });
  });

  describe('a request', () => {
    it.each(['wrong', '', '__proto__', 'toString', '../..', 'x'.repeat(2000)])(
      'with a token that nobody was given starts anew: %s',
      async (token) => {
        expect(await post(token, '[]')).toEqual({ status: 410 });
        const answer = await poll(token);
        expect(answer.status).toBe(410);
        expect(answer.token).toMatch(/^[\w-]{32}$/);
      },
    );

    it('whose body is too large is refused, and the session lives', async () => {
      const token = await open();
      await join(token, 'room:1');
      const response = await server.fetch(`/polls/longpoll?vsn=2.0.0&token=${token}`, { method: 'POST', body: 'x'.repeat(20_001) });
      expect(response.status).toBe(413);
      expect((await post(token, '["1","2","room:1","echo",{}]')).status).toBe(200);
      expect(await messages(token, 1)).toHaveLength(1);
    });

    it.each([
      ['of connect refused', '&refuse=1', 403],
      ['of connect crashing', '&crash=1', 500],
    ])('is answered, because %s', async (_what, query, status) => {
      expect(await ask(query)).toEqual({ status });
    });

    it('from a foreign page is refused', async () => {
      const headers = { origin: 'http://evil.example' };
      expect(await ask('', { headers })).toEqual({ status: 403 });
      const own = `http://127.0.0.1:${server.port}`;
      expect((await ask('', { headers: { origin: own } })).status).toBe(410);
    });

    it('with another method is refused; OPTIONS says what may be sent', async () => {
      expect((await server.fetch('/polls/longpoll', { method: 'DELETE' })).status).toBe(400);
      const options = await server.fetch('/polls/longpoll', {
        method: 'OPTIONS',
        headers: { 'access-control-request-headers': 'x-thing' },
      });
      expect([options.status, options.headers.get('access-control-allow-headers')]).toEqual([200, 'x-thing']);
    });

    it('with a token in the header belongs to that session', async () => {
      const token = await open();
      await join(token, 'room:1');
      const headers = { 'x-phoenix-longpoll-token': token };
      expect(await ask('', { method: 'POST', body: '["1","9","room:1","echo",{}]', headers })).toEqual({ status: 200 });
      expect((await ask('', { headers })).messages).toHaveLength(1);
    });
  });
});
