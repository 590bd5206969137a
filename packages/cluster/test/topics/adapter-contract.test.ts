import { NatsAdapter, NatsTransport, Subjects } from '@rekindle/cluster/internal';
import { type NatsServer, startNats } from '@rekindle/e2e';
import { Kernel } from '@rekindle/kernel/internal';
import type { Adapter } from '@rekindle/pubsub';
import { adapterContract } from '@rekindle/pubsub/contract';
import { afterAll, beforeAll, describe, it } from 'vitest';

let nats: NatsServer;
beforeAll(async () => {
  nats = await startNats();
}, 300_000);
afterAll(() => nats.close());

describe.each(['topic', 'flood'] as const)('topics over NATS, interest: %s', (interest) => {
  async function make(node: string): Promise<Adapter> {
    const transport = new NatsTransport({ servers: nats.url }, node, `_INBOX_${node}`);
    await new Promise<void>((resolve) => transport.start(({ type }) => type === 'connected' && resolve()));
    const wrong = (what: string) => (): void => {
      throw new Error(what);
    };
    const events = {
      isGone: () => false,
      bad: wrong('a bad frame'),
      refused: wrong('a refused message'),
      dropped: wrong('dropped messages'),
    };
    const adapter = new NatsAdapter(new Kernel({ node, incarnation: 1 }), transport, new Subjects('contract'), events, interest);
    const stop = adapter.stop.bind(adapter);
    adapter.stop = async () => {
      await stop();
      await transport.stop();
    };
    return adapter;
  }

  for (const { name, run } of adapterContract) it(name, () => run(make), 60_000);
});
