import { assertPush, assertReply, push, startSupervised, subscribeAndJoin } from '@rekindle/testing/vitest';
import { beforeEach, describe, expect, it } from 'vitest';
import application from '../src/application.js';
import { client } from './client.js';

beforeEach(() => startSupervised(application));

const join = async (name: string, topic: `room:${string}` = 'room:1') => subscribeAndJoin(await client(name), topic, {});

describe('a room', () => {
  it('sends a message to everybody in it', async () => {
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    await assertReply(push(ann.channel, 'new_msg', { body: ' Hello ' }), 'ok', { id: 1 });
    for (const { channel } of [ann, bob]) await assertPush(channel, 'new_msg', { id: 1, name: 'Ann', body: 'Hello' });
  });

  it('tells newcomers what was said', async () => {
    const { channel } = await join('Ann');
    for (const body of ['one', 'two']) await assertReply(push(channel, 'new_msg', { body }), 'ok');
    const { reply } = await join('Eve');
    expect(reply.messages.map(({ body }) => body)).toEqual(['one', 'two']);
    expect((await join('Eve', 'room:2')).reply.messages).toEqual([]);
  });

  it('takes no empty message', async () => {
    const { channel } = await join('Ann');
    await assertReply(push(channel, 'new_msg', { body: ' ' }), 'error');
  });

  it('has a name', async () => {
    await expect(join('Ann', 'room:NO')).rejects.toMatchObject({ payload: { reason: expect.stringMatching(/a room is named with/) } });
  });
  //#if presence

  it('shows who is in it', async () => {
    const { channel } = await join('Ann');
    expect(Object.keys(await assertPush(channel, 'presence_state'))).toEqual(['Ann']);
    await join('Bob');
    await assertPush(channel, 'presence_diff', (diff) => 'Bob' in diff.joins);
  });
  //#end
});

describe('a crash', () => {
  it('of the room leaves everybody joined, in an empty room', async () => {
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    await assertReply(push(ann.channel, 'new_msg', { body: 'Soon forgotten' }), 'ok');
    ann.channel.push('crash_room');
    await assertPush(bob.channel, 'room_restarted', { room: (room: string) => room !== bob.reply.room });
    await assertReply(push(bob.channel, 'new_msg', { body: 'Still here' }), 'ok', { id: 1 });
    expect([ann.channel.state, bob.channel.state]).toEqual(['joined', 'joined']);
  });

  it('of a channel is noticed by its own client alone', async () => {
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    await ann.channel.crash();
    expect([ann.channel.state, bob.channel.state]).toEqual(['crashed', 'joined']);
  });
});
