import { disconnect } from '@rekindle/channels';
import {
  assertBroadcast,
  assertPush,
  assertReply,
  broadcastFrom,
  ConnectRefused,
  close,
  connect,
  JoinRefused,
  leave,
  push,
  refuteBroadcast,
  refutePush,
  refuteReply,
  settled,
  startSupervised,
  subscribeAndJoin,
} from '@rekindle/testing/vitest';
import { beforeEach, describe, expect, it } from 'vitest';
import { application, Room, UserSocket } from '../support/app.js';

beforeEach(() => startSupervised(application));

async function join(name: string, topic: `room:${string}` = 'room:1') {
  const socket = await connect(UserSocket, { name });
  return { socket, ...(await subscribeAndJoin(socket, topic)) };
}

describe('connect', () => {
  it('gives what the socket refuses with', async () => {
    const refused = await connect(UserSocket).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConnectRefused);
    expect(refused).toMatchObject({ status: 403, payload: { reason: 'no name' } });
  });

  it('tells of a connect that throws', async () => {
    await expect(connect(UserSocket, { name: 'broken' })).rejects.toMatchObject({ status: 500 });
  });

  it('keeps the id, by which the connection can be closed', async () => {
    const { socket, channel } = await join('ann');
    expect(socket.id).toBe('user:ann');
    disconnect('user:ann');
    expect(await socket.closedByServer()).toBe(1001);
    expect(channel.state).toBe('closed');
  });
});

describe('subscribeAndJoin', () => {
  it('answers what join replied, typed', async () => {
    const { reply } = await join('ann');
    const bodies: string[] = reply.bodies;
    expect(bodies).toEqual([]);
  });

  it('rejects with what join refused with', async () => {
    const refused = await join('ann', 'room:secret').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(JoinRefused);
    expect(refused).toMatchObject({ payload: { reason: 'members only' } });
  });

  it('rejects for a topic that nobody serves, and for parameters that do not fit', async () => {
    const { socket } = await join('ann');
    await expect(socket.joinAny('lobby', {})).rejects.toMatchObject({ payload: { reason: 'unmatched topic' } });
    await expect(socket.joinAny('room:2', { since: 'never' })).rejects.toMatchObject({ payload: { reason: 'invalid payload' } });
  });
});

describe('push', () => {
  it('is answered', async () => {
    const { channel } = await join('ann');
    const { id } = await assertReply(push(channel, 'new_msg', { body: ' hi ' }), 'ok');
    expect(id).toBe(1);
    await assertPush(channel, 'new_msg', { body: 'hi' });
    await assertBroadcast(channel, 'new_msg', { body: /^h/ });
  });

  it('is refused by the handler, or by the contract', async () => {
    const { channel } = await join('ann');
    await assertReply(channel.push('new_msg', { body: 'spam' }), 'error', { reason: 'no spam' });
    await assertReply(channel.push('new_msg', { body: ' ' }), 'error', { reason: 'invalid payload' } as never);
    await refuteBroadcast(channel, 'new_msg', undefined, { timeoutMs: 0 });
  });

  it('may be answered later, or never', async () => {
    const { channel } = await join('ann');
    const typing = channel.push('typing');
    await assertReply(channel.push('later'), 'ok', { late: true });
    await refuteReply(typing, 'error', undefined, { timeoutMs: 0 });
  });

  it('of bytes is a binary frame', async () => {
    const { channel } = await join('ann');
    await assertReply(channel.pushAnything('new_msg', new Uint8Array([1, 2])), 'error', { reason: 'invalid payload' } as never);
  });
});

describe('what is sent', () => {
  it('reaches the others of a topic, and not the one it is from', async () => {
    const [ann, bob] = [await join('ann'), await join('bob')];
    ann.channel.push('typing');
    await assertPush(bob.channel, 'typing', { who: 'ann' });
    await refutePush(ann.channel, 'typing', undefined, { timeoutMs: 0 });
    broadcastFrom(bob.channel, 'typing', { who: 'bob' });
    await assertPush(ann.channel, 'typing', { who: 'bob' });
    await refutePush(bob.channel, 'typing', undefined, { timeoutMs: 0 });
  });

  it('passes through handleOut where that is intercepted', async () => {
    const [ann, bob] = [await join('ann'), await join('bob')];
    ann.channel.push('wave');
    await assertPush(bob.channel, 'wave', { who: 'ann' });
    await refutePush(ann.channel, 'wave', undefined, { timeoutMs: 0 });
    await assertBroadcast(ann.channel, 'wave');
  });

  it('stays in its topic', async () => {
    const [ann, bob] = [await join('ann'), await join('bob', 'room:2')];
    await assertReply(ann.channel.push('new_msg', { body: 'here' }), 'ok');
    await refutePush(bob.channel, 'new_msg', undefined, { timeoutMs: 0 });
  });

  it('tells who is there', async () => {
    const ann = await join('ann');
    expect(Object.keys(await assertPush(ann.channel, 'presence_state'))).toEqual(['ann']);
    const bob = await join('bob');
    await assertPush(ann.channel, 'presence_diff', { joins: { bob: {} } } as never);
    close(bob.socket);
    await assertPush(ann.channel, 'presence_diff', { leaves: { bob: {} } } as never);
  });
});

describe('an end', () => {
  it('by leaving is agreed on', async () => {
    const { channel } = await join('ann');
    await leave(channel as never);
    expect([channel.state, channel.pid]).toEqual(['left', undefined]);
  });

  it('by a crash of the handler is told, and one can join again', async () => {
    const { socket, channel } = await join('ann');
    channel.push('crash');
    await expect(assertReply(channel.push('later'), 'ok')).rejects.toThrow(/asked to crash/);
    expect(channel.state).toBe('crashed');
    const again = await subscribeAndJoin(socket, 'room:1');
    expect(again.channel.state).toBe('joined');
  });

  it('by a fault from outside is told too', async () => {
    const { channel } = await join('ann');
    await channel.crash();
    expect(channel.state).toBe('crashed');
  });

  it('of the connection stops the channels', async () => {
    const { socket, channel } = await join('ann');
    socket.cut();
    expect(channel.state).toBe('closed');
    await settled();
    expect(channel.pid).toBeUndefined();
  });

  it('of the room leaves the clients joined', async () => {
    const [ann, bob] = [await join('ann'), await join('bob')];
    await assertReply(ann.channel.push('new_msg', { body: 'before' }), 'ok');
    ann.channel.push('new_msg', { body: 'boom' });
    await expect.poll(() => ann.channel.state).toBe('crashed');
    await assertReply(bob.channel.push('new_msg', { body: 'after' }), 'ok', { id: 1 });
    expect(await Room.at('room:1').call('bodies')).toEqual(['after']);
  });
});

describe('a failure shows', () => {
  it('the answer that came, what the client has, and all processes', async () => {
    const { channel } = await join('ann');
    await assertReply(channel.push('new_msg', { body: 'hello' }), 'ok');
    const failure = await assertReply(channel.push('new_msg', { body: 'spam' }), 'ok', { id: 2 }).catch((error: Error) => error.message);
    expect(failure).toMatch(/expected the reply 'ok' { id: 2 } to new_msg, it was 'error' { reason: 'no spam' }/);
    expect(failure).toMatch(/The client's 'room:1' is joined; it has not asserted yet:(?:\n.*)*new_msg { body: 'hello' }/);
    expect(failure).toMatch(/Rooms 'rooms' .*\n(?:.*\n)*? +Room 'room:1' .*\n(?:.*\n)*? +got call post\('hello'\)\n +answered 1/);
  });

  it('a push that did not come', async () => {
    const { channel } = await join('ann');
    const failure = await assertPush(channel, 'new_msg', { body: 'x' }, { timeoutMs: 1 }).catch((error: Error) => error.message);
    expect(failure).toMatch(/^expected 'new_msg' { body: 'x' } to be pushed within 1 ms/);
    const broadcast = await assertBroadcast(channel, 'new_msg', undefined, { timeoutMs: 1 }).catch((error: Error) => error.message);
    expect(broadcast).toMatch(/^expected 'new_msg' to be broadcast on 'room:1' within 1 ms; broadcast was:/);
  });
});

describe('tests are apart', () => {
  it.each([1, 2])('no process, name or presence is left of another test (%i)', async () => {
    expect(Room.whereis('room:1')).toBeUndefined();
    const { channel, reply } = await join('eve');
    expect(reply.bodies).toEqual([]);
    expect(Object.keys(await assertPush(channel, 'presence_state'))).toEqual(['eve']);
    await assertReply(channel.push('new_msg', { body: 'only here' }), 'ok', { id: 1 });
  });
});
