import { type RunningApplication, startApplication } from 'rekindle';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Member } from './support/member.js';

// The application as it is built, with threads and connections as in production.

let application: RunningApplication;
beforeAll(async () => {
  const module = new URL('../dist/application.js', import.meta.url);
  application = await startApplication({ module, port: 0, host: '127.0.0.1', schedulers: 2 });
});
afterAll(() => application?.stop());

let rooms = 0;
let topic: string;
let ann: Member;
let bob: Member;
beforeEach(async () => {
  topic = `room:test-${++rooms}`;
  [ann, bob] = await Promise.all([Member.join(application.port, 'Ann', topic), Member.join(application.port, 'Bob', topic)]);
});
afterEach(() => {
  ann.leave();
  bob.leave();
});

describe('a room', () => {
  it('sends a message to everybody in it', async () => {
    expect(await ann.push('new_msg', { body: 'Hello' })).toEqual({ id: 1 });
    for (const member of [ann, bob]) {
      await member.until(() => member.messages.length === 1);
      expect(member.messages[0]).toMatchObject({ id: 1, name: 'Ann', body: 'Hello' });
    }
  });

  it('tells newcomers what was said', async () => {
    for (const body of ['one', 'two']) await ann.push('new_msg', { body });
    const eve = await Member.join(application.port, 'Eve', topic);
    expect(eve.bodies).toEqual(['one', 'two']);
    eve.leave();
  });

  it('is another one for another topic', async () => {
    await ann.push('new_msg', { body: 'only here' });
    const eve = await Member.join(application.port, 'Eve', `${topic}-other`);
    expect(eve.bodies).toEqual([]);
    eve.leave();
  });

  it('takes no empty message', async () => {
    await expect(ann.push('new_msg', { body: ' ' })).rejects.toThrow();
    expect(await bob.push('new_msg', { body: 'The first' })).toEqual({ id: 1 });
  });

  it('has a name', async () => {
    const eve = new Member(application.port, 'Eve', 'room:NO');
    await eve.until(() => eve.refusal !== undefined);
    expect(eve.refusal).toMatch(/a room is named with/);
    eve.leave();
  });
});

describe('a crash', () => {
  it('of the room leaves everybody joined, in an empty room', async () => {
    await ann.push('new_msg', { body: 'Soon forgotten' });
    await ann.crashRoom(bob);
    expect(await bob.push('new_msg', { body: 'Still here' })).toEqual({ id: 1 });
    await ann.until(() => ann.messages.length === 1);
    expect(ann.bodies).toEqual(['Still here']);
    expect([ann.joins, bob.joins]).toEqual([1, 1]);
  });

  it('of a channel is noticed by its own client alone, which joins again', async () => {
    await ann.push('new_msg', { body: 'Not forgotten' });
    await ann.crashChannel();
    expect(ann.bodies).toEqual(['Not forgotten']);
    expect([ann.joins, bob.joins]).toEqual([2, 1]);
  });
});
