import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RawClient } from '../raw-client.js';
import { TestEndpoint } from './endpoint.js';

const servers = [
  { adapter: 'uws', schedulers: 0 },
  { adapter: 'node', schedulers: 1 },
] as const;

describe.each(servers)('an HTTP handler, $adapter, schedulers: $schedulers', (options) => {
  let server: TestEndpoint;
  beforeAll(async () => {
    server = await TestEndpoint.start(options);
  });
  afterAll(() => server.stop());

  const get = async (path: string): Promise<unknown> => (await fetch(`${server.url}${path}`)).json();

  it('sees who is on a topic', async () => {
    expect(await get('/present')).toEqual({});
    const client = await RawClient.connect(server.port);
    await client.join('room:outside');
    const { response } = await client.push('room:outside', 'track', { key: 'ann', meta: { device: 'phone' } });
    const { ref } = response as { ref: string };
    expect(await get('/present')).toEqual({ ann: { metas: [{ device: 'phone', phx_ref: ref }], name: 'user ann' } });
    client.close();
  });

  it('calls a process, and answers with what it said', async () => {
    expect(await get('/greet')).toBe('good day, Ann');
  });
});
