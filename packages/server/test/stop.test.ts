import { describe, expect, it } from 'vitest';
import { everywhere, Server } from './support/server.js';

everywhere('stopping, ADAPTER=$adapter SCHEDULERS=$schedulers', (options) => {
  it('tells sockets 1012, lets channels terminate, and ends with 0', async () => {
    const server = await Server.start(options);
    const clients = await Promise.all([server.client(), server.client(), server.client('/deep/prefix/socket/websocket?vsn=2.0.0')]);
    for (const [i, client] of clients.entries()) await client.join(`room:${i}`);
    const opened = (await (await server.fetch('/polls/longpoll?vsn=2.0.0')).json()) as { token: string };
    const waiting = server
      .fetch(`/polls/longpoll?vsn=2.0.0&token=${opened.token}`)
      .then((response) => response.status)
      .catch(() => 'closed');
    server.child.signal('SIGTERM');
    expect(await Promise.all(clients.map((client) => client.closed()))).toEqual([1012, 1012, 1012]);
    expect(await server.child.exited).toEqual({ code: 0, signal: null });
    for (const i of [0, 1, 2])
      expect(server.child.output).toMatch(new RegExp(`terminated room:${i}: (\\{"shutdown":"closed"\\}|"shutdown")`));
    expect(server.child.output).not.toMatch(/\[error\]/);
    await waiting;
  });

  it('takes no new connections, and ends although a client never answers', async () => {
    const server = await Server.start(options);
    const deaf = await server.client();
    await deaf.join('room:deaf');
    deaf.socket.pause();
    server.child.signal('SIGTERM');
    expect(await server.child.exited).toEqual({ code: 0, signal: null });
    await expect(server.fetch('/hello.txt')).rejects.toThrow();
    deaf.close();
  });
});

describe('origins', () => {
  const checkOrigin = JSON.stringify(['//good.example', 'https://*.wild.example', 'plain.example:8080']);

  it.each([
    { adapter: 'uws', schedulers: 0 },
    { adapter: 'node', schedulers: 0 },
  ] as const)('by list, ADAPTER=$adapter', async (options) => {
    const server = await Server.start(options, { CHECK_ORIGIN: checkOrigin });
    const statusOf = async (origin: string): Promise<number> => {
      const response = await server.fetch('/polls/longpoll?vsn=2.0.0', { headers: { origin } });
      return ((await response.json()) as { status: number }).status;
    };
    const answers: { [origin: string]: number } = {};
    for (const origin of [
      'http://good.example',
      'https://good.example',
      'http://good.example.evil.example',
      'http://sub.good.example',
      'https://a.wild.example',
      'https://a.b.wild.example',
      'http://a.wild.example',
      'https://wild.example',
      'https://evilwild.example',
      'http://plain.example:8080',
      'http://plain.example',
      'null',
    ]) {
      answers[origin] = await statusOf(origin);
    }
    expect(answers).toEqual({
      'http://good.example': 410,
      'https://good.example': 410,
      'http://good.example.evil.example': 403,
      'http://sub.good.example': 403,
      'https://a.wild.example': 410,
      'https://a.b.wild.example': 410,
      'http://a.wild.example': 403,
      'https://wild.example': 403,
      'https://evilwild.example': 403,
      'http://plain.example:8080': 410,
      'http://plain.example': 403,
      null: 403,
    });
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  it('are not looked at when the application says so', async () => {
    const server = await Server.start({ adapter: 'node', schedulers: 0 }, { CHECK_ORIGIN: 'false' });
    const response = await server.fetch('/polls/longpoll?vsn=2.0.0', { headers: { origin: 'http://evil.example' } });
    expect(await response.json()).toMatchObject({ status: 410 });
    await server.stop();
  });
});
