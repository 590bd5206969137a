import { assertPush, close, push, startSupervised, subscribeAndJoin } from '@rekindle/testing/vitest';
import { beforeEach, describe, expect, it } from 'vitest';
import application from '../src/application.js';
import { client } from './client.js';

beforeEach(() => startSupervised(application));

async function join(name: string, topic: `map:${string}` = 'map:1') {
  const socket = await client(name);
  return { socket, ...(await subscribeAndJoin(socket, topic, {})) };
}

describe('a map', () => {
  it('shows everybody who has moved, to all who look at it', async () => {
    const [ann, bob] = [await join('Ann'), await join('Bob')];
    push(ann.channel, 'move', { x: 0.25, y: 0.5 });
    await assertPush(bob.channel, 'moved', { name: 'Ann', x: 0.25, y: 0.5 });
    expect((await join('Eve')).reply.positions).toMatchObject([{ name: 'Ann' }]);
    expect((await join('Eve', 'map:2')).reply.positions).toEqual([]);
  });

  it('loses whoever leaves, crashes or loses the connection', async () => {
    const watcher = await join('Watcher');
    const [ann, bob, eve] = [await join('Ann'), await join('Bob'), await join('Eve')];
    for (const { channel } of [ann, bob, eve]) push(channel, 'move', { x: 0, y: 0 });
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await assertPush(watcher.channel, 'moved')).id);
    await ann.channel.leave();
    await bob.channel.crash();
    close(eve.socket);
    for (let i = 0; i < 3; i++) expect(ids).toContain((await assertPush(watcher.channel, 'gone')).id);
    expect((await join('Late')).reply.positions).toEqual([]);
  });
  //#if presence

  it('knows who looks at it', async () => {
    const { channel } = await join('Ann');
    expect(Object.keys(await assertPush(channel, 'presence_state'))).toEqual(['Ann']);
  });
  //#end
});
