import type { Down } from '@rekindle/kernel';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Probe } from '../../kernel/test/support/probe.js';
import { TestNode } from './support/node.js';

let node: TestNode;
beforeEach(async () => {
  node = new TestNode({ schedulers: 1 });
  await node.threads.start();
});
afterEach(() => node.stop());

const ways = ['callback', 'rejection'];

it.each(ways)('a %s that nobody catches is reported, and process and thread live on', async (how) => {
  const [watcher, agent] = [await node.agent(0), await node.agent(0)];
  await watcher.call('listenForStrays');
  await agent.call('stray', how);
  expect(await watcher.call('mail', 1)).toEqual([`stray ${how}`]);
  expect(await agent.call('echo', 'alive')).toBe('alive');
});

it.each(ways)('with attributeStrays a %s ends the process that has started it, and the thread lives on', async (how) => {
  const [watcher, agent] = [await node.agent(0), await node.agent(0)];
  await watcher.call('listenForStrays');
  await watcher.call('attributeStrays');
  const probe = new Probe();
  const ref = await probe.do((context) => context.monitor(agent));
  await agent.call('stray', how);
  const { reason, ...down } = (await probe.next()) as Down;
  expect(down).toEqual({ type: 'DOWN', ref, pid: agent });
  expect(reason).toMatchObject({ message: how });
  expect(await watcher.call('echo', 'alive')).toBe('alive');
  await watcher.call('note', 'nothing before');
  expect(await watcher.call('mail', 1)).toEqual(['nothing before']);
  expect(node.downs).toEqual([]);
});
