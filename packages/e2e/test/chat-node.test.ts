import { startNode } from '@rekindle/e2e';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Member } from './chat/member.js';
import { type ChatServer, main, startChat } from './chat/server.js';

const SOON = { timeout: 15_000, interval: 10 };

describe('the chat server, with two scheduler threads', () => {
  let server: ChatServer;
  const members: Member[] = [];

  beforeAll(async () => {
    server = await startChat({ SCHEDULERS: '2' });
  });

  afterEach(() => {
    for (const member of members.splice(0)) member.leave();
  });

  afterAll(async () => {
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  /** Comes into a room; waits until the join is answered. */
  async function enter(name: string, room: string, params: object = {}): Promise<Member> {
    const member = new Member(server.port, name, `room:${room}`, params);
    members.push(member);
    await expect.poll(() => member.joins.length, SOON).toBe(1);
    return member;
  }

  /** The messages of a room, as somebody sees them who comes in now. */
  async function historyOf(room: string, params: object = {}): Promise<string[]> {
    const { welcome } = await enter('Reader', room, params);
    return welcome.messages.map(({ body }) => body);
  }

  it('remembers the last 50 messages of a room, and tells as many as a newcomer asks for', async () => {
    const ann = await enter('Ann', 'history');
    const said = Array.from({ length: 60 }, (_, i) => `message ${i + 1}`);
    const replies = await Promise.all(said.map((body) => ann.push('new_msg', { body })));
    expect(replies.map(({ response }) => response)).toEqual(said.map((_, i) => ({ id: i + 1 })));
    expect(await historyOf('history')).toEqual(said.slice(10));
    expect(await historyOf('history', { history: 3 })).toEqual(said.slice(57));
    expect(await historyOf('history', { history: 0 })).toEqual([]);
  });

  it('opens one room when many come at once', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) => enter(`Guest ${i}`, 'crowd')));
    const rooms = new Set(all.map(({ welcome }) => welcome.room.pid));
    expect(rooms.size).toBe(1);
    for (const member of all) await expect.poll(() => member.people.length, SOON).toBe(30);
    const threads = new Set(all.map(({ welcome }) => welcome.channel.thread));
    expect(threads.size).toBe(2);
  });

  it('sends what each says to everybody, in one order', async () => {
    const all = await Promise.all(Array.from({ length: 5 }, (_, i) => enter(`Speaker ${i}`, 'order')));
    await Promise.all(all.flatMap((member, i) => Array.from({ length: 20 }, (_, n) => member.push('new_msg', { body: `${i}.${n}` }))));
    const heard = (member: Member) => (member.of('new_msg') as { body: string }[]).map(({ body }) => body);
    for (const member of all) await expect.poll(() => heard(member).length, SOON).toBe(100);
    for (const member of all) expect(heard(member)).toEqual(heard(all[0] as Member));
    const ofSpeaker = heard(all[0] as Member).filter((body) => body.startsWith('3.'));
    expect(ofSpeaker).toEqual(Array.from({ length: 20 }, (_, n) => `3.${n}`));
  });

  it.each([
    ['an empty message', { body: '   ' }],
    ['a message that is too long', { body: 'x'.repeat(501) }],
    ['no text', { body: 7 }],
    ['nothing', {}],
  ])('refuses %s, and the channel lives on', async (_, payload) => {
    const ann = await enter('Ann', 'strict');
    expect(await ann.push('new_msg', payload)).toMatchObject({ status: 'error', response: { reason: 'invalid payload' } });
    expect(await ann.push('new_msg', { body: 'better' })).toMatchObject({ status: 'ok' });
    expect(ann.crashes).toBe(0);
  });

  it('refuses rooms with impossible names', async () => {
    for (const room of ['', 'UPPER', 'a b', '../x', 'x'.repeat(33)]) {
      const { joins } = await enter('Ann', room);
      expect(joins).toEqual([{ status: 'error', response: { reason: 'a room is named with 1 to 32 small letters, digits and dashes' } }]);
    }
  });

  it('lets everybody rejoin by themselves after a thread was blocked, on the connections they had', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, (_, i) => enter(`Guest ${i}`, `blocked-${i % 3}`)));
    const threadOf = ({ welcome }: Member) => welcome.channel.thread;
    const victim = all[0] as Member;
    const hit = all.filter((member) => threadOf(member) === threadOf(victim));
    victim.channel.push('block', {});
    for (const member of hit) await expect.poll(() => member.joins.length, SOON).toBeGreaterThanOrEqual(2);
    for (const member of all) {
      await expect.poll(async () => (await member.push('new_msg', { body: 'here' })).status, SOON).toBe('ok');
      expect(member.closes).toBe(0);
    }
  });
});

describe('settings that cannot be', () => {
  it.each([
    [{ PORT: 'http' }, "PORT: expected a whole number from 0 to 65535, got 'http'."],
    [{ PORT: '65536' }, "PORT: expected a whole number from 0 to 65535, got '65536'."],
    [{ SCHEDULERS: '-1' }, "SCHEDULERS: expected a whole number from 0 to 64, got '-1'."],
    [{ ADAPTER: 'bun' }, "ADAPTER: expected auto, uws, node, got 'bun'."],
    [{ NODE_NAME: 'a.b' }, "NODE_NAME: expected 1 to 64 letters, digits, - and _, got 'a.b'."],
  ])('%j', async (env, message) => {
    const child = await startNode(main, [], { env });
    expect(await child.exited).toEqual({ code: 1, signal: null });
    expect(child.output.trim()).toBe(message);
  });
});
