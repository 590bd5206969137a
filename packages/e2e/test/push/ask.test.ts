import { type Answer, answer, onAsk } from '@rekindle/client';
import { type Channel, Socket } from 'phoenix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';

describe('a server that asks its client', () => {
  let server: TestEndpoint;
  let socket: Socket;
  let channel: Channel;
  const asked: unknown[] = [];
  beforeAll(async () => {
    server = await startPush({ schedulers: 1 });
    socket = new Socket(`ws://127.0.0.1:${server.port}/socket`, { transport: WebSocket });
    socket.connect();
    channel = socket.channel('asking');
    onAsk(channel, {
      confirm: (payload) => {
        asked.push(payload);
        return { yes: true };
      },
      later: async () => 7,
      nothing: () => undefined,
      fails: () => {
        throw new Error('no time');
      },
      never: () => new Promise(() => {}),
    });
    await new Promise((resolve) => channel.join().receive('ok', resolve));
  });
  afterAll(async () => {
    socket.disconnect();
    await server.stop();
  });
  const question = (payload: object): Promise<Answer<unknown, unknown>> => answer(channel.push('question', payload) as never);

  it('gets the answer, at once or later', async () => {
    expect(await question({ ask: 'confirm' })).toEqual({ status: 'ok', response: { said: { yes: true } } });
    expect(asked).toEqual([{ text: 'Sure?' }]);
    expect(await question({ ask: 'later' })).toEqual({ status: 'ok', response: { said: 7 } });
    expect(await question({ ask: 'nothing' })).toEqual({ status: 'ok', response: { said: null } });
  });

  it('hears of an error, of a question nobody answers, and of a client that does not answer in time', async () => {
    expect(await question({ ask: 'fails' })).toEqual({ status: 'error', response: { code: 'refused', response: { reason: 'no time' } } });
    expect(await question({ ask: 'other' })).toMatchObject({
      response: { code: 'refused', response: { reason: "nobody answers 'other'" } },
    });
    expect(await question({ ask: 'never', timeoutMs: 50 })).toEqual({ status: 'error', response: { code: 'timeout' } });
    expect(await question({ ask: 'confirm' })).toMatchObject({ status: 'ok' });
  });

  it('is not hurt by answers to nothing, late ones, or what is no answer', async () => {
    const client = await RawClient.connect(server.port);
    const joinRef = await client.join('asking');
    const say = (payload: unknown) => client.send(JSON.stringify([joinRef, 'x', 'asking', 'rekindle:answer', payload]));
    for (const payload of [{ ref: '1', status: 'ok' }, {}, null, 'x', { ref: 1 }, []]) say(payload);
    client.send(JSON.stringify([joinRef, 'q', 'asking', 'question', { ask: 'any', timeoutMs: 60_000 }]));
    const [, , , , { ref }] = await client.next(([, , , event]) => event === 'rekindle:ask');
    say({ ref: `${ref}0`, status: 'ok', response: 'wrong' });
    say({ ref, status: 'ok', response: 'right' });
    say({ ref, status: 'ok', response: 'twice' });
    expect((await client.next(([, pushed]) => pushed === 'q'))[4]).toEqual({ status: 'ok', response: { said: 'right' } });
    await client.alive();
    expect(client.frames.filter(([, , , event]) => event === 'phx_error')).toEqual([]);
    client.close();
  });
});
