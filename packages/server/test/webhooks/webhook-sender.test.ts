import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exit, type Pid, type Ref, Supervisor } from '@rekindle/kernel';
import { type Host, installKernel, Kernel, nodeHost } from '@rekindle/kernel/internal';
import { Webhooks, webhookSpec } from '@rekindle/server/internal';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** While it is set, time stands still until the test moves it, and says what timers are set for. */
let clock: { now: number; set: (delayMs: number, fn: () => void) => void } | null = null;
const host: Host = {
  ...nodeHost,
  now: () => clock?.now ?? nodeHost.now(),
  random: () => 1,
  setTimer(fn, delayMs) {
    if (clock === null) return nodeHost.setTimer(fn, delayMs);
    clock.set(delayMs, fn);
    return undefined;
  },
  clearTimer: (handle) => handle !== undefined && nodeHost.clearTimer(handle),
};
const kernel = new Kernel({ node: 'test', incarnation: 1, host });

const ids: unknown[] = [];
let heard: () => void = () => {};
let answer = false;
let status = 200;
const waiting: ServerResponse[] = [];
const receiver = createServer((request, response) => {
  ids.push(request.headers['webhook-id']);
  response.statusCode = status;
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
  installKernel(kernel);
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
  const webhooks = new Webhooks(kernel, [spec], counters);
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

it('one that failed waits on the clock of its kernel, half a second at first', async () => {
  const counters = { webhookEvents: 0, webhookFailures: 0, webhooksDropped: 0 };
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const spec = webhookSpec({ name: 'test', url, secret: `whsec_${Buffer.alloc(24).toString('base64')}`, topics: ['*'] });
  const webhooks = new Webhooks(kernel, [spec], counters);
  const supervisor = (await webhooks.supervisor().start()) as Ref<Supervisor>;
  answer = true;
  status = 500;
  const before = ids.length;
  const retry = new Promise<{ delayMs: number; fire: () => void }>((resolve) => {
    clock = {
      now: nodeHost.now(),
      set: (delayMs, fire) => {
        if (counters.webhookFailures === 1) resolve({ delayMs, fire });
      },
    };
  });
  webhooks.joined('a', { id: 1, socketId: undefined });
  const { delayMs, fire } = await retry;
  expect(Math.round(delayMs / 10)).toBe(50);
  expect(ids).toHaveLength(before + 1);
  status = 200;
  (clock as unknown as { now: number }).now += delayMs + 1;
  fire();
  await requests(before + 2);
  await webhooks.flush();
  expect(counters).toEqual({ webhookEvents: 1, webhookFailures: 1, webhooksDropped: 0 });
  clock = null;
  await Supervisor.stop(supervisor);
});
