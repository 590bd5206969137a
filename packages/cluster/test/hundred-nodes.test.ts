import { MemoryBroker } from '@rekindle/cluster/internal';
import { installKernel } from '@rekindle/kernel/internal';
import { VirtualHost } from '@rekindle/testing';
import { afterEach, expect, it } from 'vitest';
import { pass, SimulatedNode } from './support/simulation.js';

afterEach(() => installKernel(null));

const NODES = 100;
const SECONDS = 4;

it('a hundred nodes say no more than their heartbeats when nothing happens, and a join of a group once to each', async () => {
  const host = new VirtualHost();
  const broker = new MemoryBroker(host, { minDelayMs: 1, maxDelayMs: 1 });
  const nodes = Array.from({ length: NODES }, (_, i) => new SimulatedNode(host, broker, `node-${i}`, i + 1));
  const [first] = nodes as [SimulatedNode];
  const sent = new Map<string, { messages: number; bytes: number }>();
  for (const { name, transport } of nodes) {
    const publish = transport.publish.bind(transport);
    const counts = { messages: 0, bytes: 0 };
    sent.set(name, counts);
    transport.publish = (subject, bytes) => {
      counts.messages++;
      counts.bytes += bytes.length;
      return publish(subject, bytes);
    };
  }
  const during = async (act: () => void, ms: number): Promise<{ messages: number; bytes: number }[]> => {
    for (const counts of sent.values()) counts.messages = counts.bytes = 0;
    act();
    await pass(host, ms);
    return Array.from(sent.values(), (counts) => ({ ...counts }));
  };

  await during(() => {}, 3000);
  for (const node of nodes) expect(node.sees).toHaveLength(NODES - 1);

  const idle = await during(() => {}, SECONDS * 1000);
  // 500 ms, give or take a tenth.
  for (const { messages } of idle) expect(messages).toBeLessThanOrEqual(Math.ceil(SECONDS / 0.45));

  const joining = await during(() => first.groups.join('g', first.spawn()), 1000);
  for (const node of nodes) expect(node.groups.getMembers('g')).toHaveLength(1);
  const [joiner = { messages: 0 }, ...others] = joining;
  // One frame to each other node and heartbeats; from each of them one acknowledgement and heartbeats.
  expect(joiner.messages).toBeLessThanOrEqual(NODES - 1 + 3);
  for (const { messages } of others) expect(messages).toBeLessThanOrEqual(1 + 3);

  const total = idle.reduce((sum, { bytes }) => sum + bytes, 0);
  console.log(
    `${NODES} nodes, idle: ${(total / NODES / SECONDS).toFixed(0)} bytes/s and ${(idle.reduce((sum, { messages }) => sum + messages, 0) / NODES / SECONDS).toFixed(2)} messages/s published per node`,
  );
}, 120_000);
