import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Frame, RawClient } from '../raw-client.js';
import { TestEndpoint } from './endpoint.js';

type Metas = { [field: string]: unknown; phx_ref: string; phx_ref_prev?: string }[];
type List = { [key: string]: { metas: Metas; name: string } };
interface Calls {
  readonly fetches: [topic: string, keys: string[]][];
  readonly diffs: [topic: string, joins: string[], leaves: string[], counts: { [key: string]: number }][];
}

const servers = [
  { adapter: 'uws', schedulers: 0 },
  { adapter: 'node', schedulers: 1 },
] as const;

describe.each(servers)('presence, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  beforeAll(async () => {
    server = await TestEndpoint.start(options, { endpoint: { limits: false } });
  });
  afterAll(() => server.stop());

  const isDiff = (frame: Frame) => frame[3] === 'presence_diff';

  async function enter(
    topic: string,
  ): Promise<{ client: RawClient; ask(event: string, payload?: object): Promise<unknown>; diffs(): Frame[] }> {
    const client = await RawClient.connect(server.port);
    await client.join(topic);
    const ask = async (event: string, payload: object = {}) => {
      const { status, response } = await client.push(topic, event, payload);
      if (status !== 'ok') throw new Error(JSON.stringify(response));
      return response;
    };
    return { client, ask, diffs: () => client.frames.filter(isDiff) };
  }

  it('several devices under one key, each with its own ref; update says which it replaces; untrack takes one away', async () => {
    const one = await enter('room:devices');
    const two = await enter('room:devices');
    const { ref: first } = (await one.ask('track', { key: 'ann', meta: { device: 'phone' } })) as { ref: string };
    const { ref: second } = (await two.ask('track', { key: 'ann', meta: { device: 'desk' } })) as { ref: string };
    expect(first).not.toBe(second);
    const list = (await one.ask('list')) as List;
    expect(Object.keys(list)).toEqual(['ann']);
    expect(list.ann?.metas).toEqual([
      { device: 'phone', phx_ref: first },
      { device: 'desk', phx_ref: second },
    ]);
    const { ref: third } = (await one.ask('update', { key: 'ann', change: { away: true } })) as { ref: string };
    await two.client.next((frame) => isDiff(frame) && JSON.stringify(frame).includes('phx_ref_prev'));
    expect(two.diffs().at(-1)?.[4]).toEqual({
      joins: { ann: { name: 'user ann', metas: [{ device: 'phone', away: true, phx_ref: third, phx_ref_prev: first }] } },
      leaves: { ann: { name: 'user ann', metas: [{ device: 'phone', phx_ref: first }] } },
    });
    const { found } = (await two.ask('getByKey', { key: 'ann' })) as { found: { metas: Metas } };
    expect(found.metas.map(({ phx_ref }) => phx_ref).sort()).toEqual([second, third].sort());
    expect(await two.ask('getByKey', { key: 'bob' })).toEqual({ found: null });
    await two.ask('untrack', { key: 'ann' });
    expect(((await one.ask('list')) as List).ann?.metas.map(({ phx_ref }) => phx_ref)).toEqual([third]);
    await expect(two.ask('update', { key: 'ann', change: {} })).rejects.toThrow('channel');
    for (const { client } of [one, two]) client.close();
  });

  it('fetch is called once for each list and once for the joins and leaves of each diff, with all keys', async () => {
    const member = await enter('room:fetch');
    await member.ask('presenceCalls');
    await member.ask('track', { key: 'ann', meta: {} });
    await member.ask('track', { key: '__proto__', meta: {} });
    await member.ask('track', { key: 'cy', meta: {} });
    const { fetches } = (await member.ask('presenceCalls')) as Calls;
    expect(fetches).toEqual([
      ['room:fetch', ['ann']],
      ['room:fetch', ['__proto__']],
      ['room:fetch', ['cy']],
    ]);
    const list = (await member.ask('list')) as List;
    expect(Object.keys(list)).toEqual(['ann', '__proto__', 'cy']);
    await member.ask('update', { key: 'cy', change: { a: 1 } });
    const watcher = await enter('room:fetch');
    const again = (await member.ask('presenceCalls')) as Calls;
    expect(again.fetches).toEqual([
      ['room:fetch', ['ann', '__proto__', 'cy']],
      ['room:fetch', ['cy']],
      ['room:fetch', ['cy']],
    ]);
    // The end of a process is one diff with all its keys.
    member.client.close();
    await watcher.client.next(isDiff);
    expect(((await watcher.ask('presenceCalls')) as Calls).fetches).toEqual([['room:fetch', ['ann', '__proto__', 'cy']]]);
    watcher.client.close();
  });

  it('handleMetas hears of each diff with who is there now; what it throws hurts nobody', async () => {
    const member = await enter('room:metas');
    await member.ask('presenceCalls');
    await member.ask('track', { key: 'ann', meta: {} });
    await member.ask('track', { key: 'bob', meta: {} });
    await member.ask('update', { key: 'bob', change: { a: 1 } });
    await member.ask('untrack', { key: 'ann' });
    await member.ask('track', { key: 'explosive', meta: {} });
    const { diffs } = (await member.ask('presenceCalls')) as Calls;
    expect(diffs).toEqual([
      ['room:metas', ['ann'], [], { ann: 1 }],
      ['room:metas', ['bob'], [], { ann: 1, bob: 1 }],
      ['room:metas', ['bob'], ['bob'], { ann: 1, bob: 1 }],
      ['room:metas', [], ['ann'], { bob: 1 }],
      ['room:metas', ['explosive'], [], { bob: 1, explosive: 1 }],
    ]);
    await server.child.waitFor(/error outside of every process: Error: handleMetas exploded/);
    await expect.poll(() => member.diffs().length, { timeout: 10_000 }).toBe(5);
    member.client.close();
  });

  it('a fetch that takes time: diffs keep their order, a list is what it answers, and what it rejects is told as it was', async () => {
    const topic = 'realtime:slow-fetch';
    const connect = (user: string) => RawClient.connect(server.port, `/socket/websocket?vsn=2.0.0&user=${user}`);
    const [watcher, ann, bob, cy] = [await connect('watcher'), await connect('ann'), await connect('bob'), await connect('cy')];
    for (const client of [watcher, ann, bob, cy]) await client.join(topic);
    const track = (client: RawClient, ms: number) => client.push(topic, 'presence', { event: 'track', payload: { ms } }, null);
    await track(ann, 200);
    await track(bob, 0);
    await track(cy, -1);
    await expect.poll(() => watcher.frames.filter(isDiff).length, { timeout: 10_000 }).toBe(3);
    const joins = watcher.frames.filter(isDiff).map(([, , , , payload]) => payload.joins as { [key: string]: { name?: string } });
    expect(joins.map((joined) => Object.entries(joined).map(([key, { name }]) => [key, name]))).toEqual([
      [['ann', 'user ann']],
      [['bob', 'user bob']],
      [['cy', undefined]],
    ]);
    await server.child.waitFor(/error outside of every process: Error: nothing found/);
    const { response } = await bob.push(topic, 'presence', { event: 'find' }, null);
    expect(response).toMatchObject({ name: 'user bob', metas: [{ ms: 0 }] });
    await cy.push(topic, 'presence', { event: 'untrack' }, null);
    const late = await connect('late');
    await late.join(topic);
    const state = await late.next((frame) => frame[3] === 'presence_state');
    expect(state[4]).toMatchObject({ ann: { name: 'user ann' }, bob: { name: 'user bob' } });
    for (const client of [watcher, ann, bob, cy, late]) client.close();
  });
});
