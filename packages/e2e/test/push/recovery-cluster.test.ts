import { type NatsServer, startNats } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { RawClient } from '../raw-client.js';
import { startPush } from './endpoint.js';

interface Recovery {
  readonly cursor: string;
  readonly recovered?: boolean;
  readonly reason?: string;
  readonly events?: readonly { readonly payload: { readonly n: number } }[];
}

describe('recoverable topics of a cluster', () => {
  let nats: NatsServer;
  let nodes: [TestEndpoint, TestEndpoint];
  const clients: RawClient[] = [];
  beforeAll(async () => {
    nats = await startNats();
    const start = (node: string) => startPush({ schedulers: 1, node, cluster: { servers: nats.url, name: 'push' } });
    nodes = await Promise.all([start('a'), start('b')]);
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(nodes.map((node) => node.stop()));
    await nats.close();
  });

  async function connect({ port }: TestEndpoint): Promise<RawClient> {
    const client = await RawClient.connect(port);
    clients.push(client);
    return client;
  }
  async function join(node: TestEndpoint, params: object): Promise<Recovery> {
    const client = await connect(node);
    const { response } = await client.push('match:cluster', 'phx_join', params);
    client.close();
    return (response as { recovery: Recovery }).recovery;
  }
  async function publish(node: TestEndpoint, n: number): Promise<void> {
    const control = await connect(node);
    const joinRef = await control.join('control');
    await control.push('control', 'publish', { topics: ['match:cluster'], first: n, count: 1 }, joinRef);
    control.close();
  }

  it('what other nodes publish is kept while the client is away; another node, or a cut from the others, is told', async () => {
    const [a, b] = nodes;
    const { cursor } = await join(a, {});
    await publish(b, 1);
    // Nobody is there to say when it has arrived.
    let back = await join(a, { recover: cursor });
    while (back.events?.length === 0) back = await join(a, { recover: cursor });
    expect(back).toMatchObject({ recovered: true, events: [{ payload: { n: 1 } }] });
    expect(await join(b, { recover: back.cursor })).toMatchObject({ recovered: false, reason: 'epoch' });

    await nats.kill();
    await nats.restart();
    let after = await join(a, { recover: back.cursor });
    while (after.recovered === true) after = await join(a, { recover: back.cursor });
    expect(after).toMatchObject({ recovered: false, reason: 'epoch' });
  }, 40_000);
});
