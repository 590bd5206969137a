import { readPublish } from '@rekindle/server/internal';
import { describe, expect, it } from 'vitest';

const key = { name: 'scores', hash: '', topics: ['match:*', 'user:*', 'nobody:*'] };
const spec = { path: '/', keys: [key], userTopic: 'user:*', idempotencyMs: 1000, maxMessages: 3, topics: ['match:*', 'user:*', 'lobby'] };
const read = (body: unknown, idempotencyKey?: string) =>
  readPublish(typeof body === 'string' ? body : JSON.stringify(body), idempotencyKey, key, spec);
const goal = { event: 'goal', payload: { team: 'home' } };

describe('readPublish', () => {
  it('one message or several, to topics or to users', () => {
    const payload = '{"team":"home"}';
    expect(read({ topic: 'match:1', ...goal })).toEqual([
      { topics: ['match:1'], content: { kind: 'event', event: 'goal', payload }, path: '' },
    ]);
    expect(read({ topics: ['match:1', 'match:2', 'match:1'], ...goal })).toMatchObject([{ topics: ['match:1', 'match:2'] }]);
    expect(read({ user: '$&', ...goal })).toMatchObject([{ topics: ['user:$&'] }]);
    expect(read({ users: ['ann', 'bob'], ...goal })).toMatchObject([{ topics: ['user:ann', 'user:bob'] }]);
    const batch = {
      messages: [
        { topic: 'match:1', ...goal },
        { topic: 'match:2', ...goal, id: 'own' },
      ],
    };
    const ids = (messages: ReturnType<typeof read>) => Array.isArray(messages) && messages.map(({ content }) => content.id);
    expect(ids(read(batch))).toEqual([undefined, 'scores:own']);
    // One key for the whole request tells its messages apart.
    expect(ids(read(batch, 'k'))).toEqual(['scores:k/0', 'scores:own']);
    expect(ids(read({ topic: 'match:1', ...goal }, 'k'))).toEqual(['scores:k']);
  });

  it.each<[unknown, string, string | undefined]>([
    [[], 'expected { topic', undefined],
    [null, 'got null', undefined],
    [{ ...goal }, 'expected one of topic', 'topic'],
    [{ topic: 'match:1', user: 'ann', ...goal }, 'got topic and user', 'user'],
    [{ topic: 7, ...goal }, 'got a number', 'topic'],
    [{ topic: '', ...goal }, "got ''", 'topic'],
    [{ topic: 'match:\ud800', ...goal }, 'well-formed', 'topic'],
    [{ topics: [], ...goal }, 'got 0', 'topics'],
    [{ topics: 'match:1', ...goal }, 'got a string', 'topics'],
    [{ topics: ['match:1', null], ...goal }, 'got null', 'topics.1'],
    [{ topic: 'match:1', payload: {} }, 'got nothing', 'event'],
    [{ topic: 'match:1', event: 'phx_close', payload: {} }, "got 'phx_close'", 'event'],
    [{ topic: 'match:1', event: 'goal' }, 'got nothing', 'payload'],
    [{ topic: 'match:1', event: 'goal', payload: [] }, 'got a list', 'payload'],
    [{ topic: 'match:1', ...goal, id: '' }, "got ''", 'id'],
    [{ topic: 'match:1', ...goal, id: 'x'.repeat(201) }, 'expected 1 to 200', 'id'],
    [{ topic: 'match:1', ...goal, evnet: 1 }, 'unknown', 'evnet'],
    [{ messages: [] }, 'got 0', 'messages'],
    [{ messages: {} }, 'got an object', 'messages'],
    [{ messages: [1, 2, 3, 4] }, 'got 4', 'messages'],
    [{ messages: [{ topic: 'match:1', ...goal }], event: 'goal' }, 'unknown beside messages', 'event'],
    [
      {
        messages: [
          { topic: 'match:1', ...goal },
          { topic: 'match:1', event: 'goal', payload: 1 },
        ],
      },
      'got a number',
      'messages.1.payload',
    ],
    [{ messages: [{ topic: 'match:1', ...goal }, 'x'] }, 'got a string', 'messages.1'],
  ])('%j is refused: %s', (body, message, path) => {
    expect(read(body)).toMatchObject({ status: 400, code: 'bad_message', message: expect.stringContaining(message) });
    expect((read(body) as { path?: string }).path).toBe(path);
  });

  it('says where JSON breaks off, and which topics are unknown or not the key’s', () => {
    expect(read('{"topic":')).toMatchObject({ status: 400, code: 'bad_json' });
    expect(read({ topic: 'nobody:1', ...goal })).toMatchObject({ status: 404, code: 'unknown_topic' });
    expect(read({ messages: [{ topics: ['match:1', 'lobby'], ...goal }] })).toMatchObject({
      status: 403,
      code: 'out_of_scope',
      path: 'messages.0',
      message: "the key 'scores' may not publish to 'lobby', only to match:*, user:*, nobody:*",
    });
    expect(read({ topic: 'match:1', ...goal }, 'x'.repeat(201))).toMatchObject({ status: 400 });
  });
});
