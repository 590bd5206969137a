import { assertPush, assertReply, assertReport, push, startSupervised, subscribeAndJoin } from '@rekindle/testing/vitest';
import { exit } from 'rekindle';
import { beforeEach, expect, it } from 'vitest';
import application from '../src/application.js';
import { Counter } from '../src/counter.js';
import { client } from './client.js';

beforeEach(() => startSupervised(application));

const join = async (name: string) => subscribeAndJoin(await client(name), 'counter', {});

it('counts for everybody', async () => {
  const [ann, bob] = [await join('Ann'), await join('Bob')];
  await assertReply(push(ann.channel, 'increment', { by: 2 }), 'ok', { value: 2 });
  await assertPush(bob.channel, 'changed', { value: 2, by: 'Ann' });
  expect((await join('Eve')).reply).toEqual({ value: 2 });
});

it('takes nothing that does not fit', async () => {
  const { channel } = await join('Ann');
  await assertReply(push(channel, 'increment', { by: 100 }), 'error');
});

it('begins anew after a crash, and nobody has to join again', async () => {
  const { channel } = await join('Ann');
  await assertReply(push(channel, 'increment', { by: 5 }), 'ok');
  const counter = Counter.whereis('counter');
  if (counter !== undefined) exit(counter, 'kill');
  await assertReport('supervisor', { context: 'child_terminated' });
  await assertReply(push(channel, 'increment', { by: 1 }), 'ok', { value: 1 });
});
//#if presence

it('shows who is here', async () => {
  const { channel } = await join('Ann');
  expect(Object.keys(await assertPush(channel, 'presence_state'))).toEqual(['Ann']);
});
//#end
