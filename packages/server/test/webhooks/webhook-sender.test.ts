import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exit, type Pid, type Ref, Supervisor } from '@rekindle/kernel';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { Webhooks, webhookSpec } from '@rekindle/server/internal';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ids: unknown[] = [];
let heard: () => void = () => {};
let answer = false;
const waiting: ServerResponse[] = [];
const receiver = createServer((request, response) => {
  ids.push(request.headers['webhook-id']);
  if (answer) response.end();
  else waiting.push(response);
  heard();
});
const requests = (count: number) =>
  new Promise<void>((resolve) => {
    heard = () => ids.length >= count && resolve();
    heard();
  });

beforeAll(async () => {
  installKernel(new Kernel({ node: 'test', incarnation: 1 }));
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});

it('a sender that is killed in the middle of a request is started again, and nothing is lost', async () => {
  const counters = { webhookEvents: 0, webhookFailures: 0, webhooksDropped: 0 };
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const spec = webhookSpec({ name: 'test', url, secret: `whsec_${Buffer.alloc(24).toString('base64')}`, topics: ['*'] });
  const webhooks = new Webhooks([spec], { node: 'test', run: 1 }, counters);
  const supervisor = (await webhooks.supervisor().start()) as Ref<Supervisor>;
  webhooks.joined('a', { id: 1, socketId: undefined });
  await requests(1);
  const [child] = await Supervisor.whichChildren(supervisor);
  answer = true;
  exit(child?.pid as Pid, 'kill');
  await requests(2);
  await webhooks.flush();
  expect(ids).toEqual([ids[0], ids[0]]);
  expect(counters).toEqual({ webhookEvents: 1, webhookFailures: 0, webhooksDropped: 0 });
  expect((await Supervisor.whichChildren(supervisor))[0]?.pid).not.toEqual(child?.pid);
  await Supervisor.stop(supervisor);
});
