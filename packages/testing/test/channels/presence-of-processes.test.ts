import { PresenceError } from '@rekindle/channels';
import { GenServer } from '@rekindle/kernel';
import { assertPush, connect, startSupervised, stopSupervised, subscribeAndJoin } from '@rekindle/testing/vitest';
import { beforeEach, expect, it } from 'vitest';
import { application, ChatPresence, UserSocket } from '../support/app.js';

const TOPIC = 'room:1';

class Bot extends GenServer {}

beforeEach(async () => {
  await startSupervised(application);
});

it('a process that is no channel is tracked, changed and untracked, and clients hear of it', async () => {
  const { channel } = await subscribeAndJoin(await connect(UserSocket, { name: 'Ann' }), TOPIC);
  const pid = await startSupervised(Bot);
  const ref = ChatPresence.trackPid(pid, TOPIC, 'bot', { mood: 'fine' });
  await assertPush(channel, 'presence_diff', { joins: { bot: { metas: [{ mood: 'fine', phx_ref: ref }] } }, leaves: {} });

  const next = ChatPresence.updatePid(pid, TOPIC, 'bot', (meta) => ({ ...meta, mood: 'bored' }));
  const changed = { mood: 'bored', phx_ref: next, phx_ref_prev: ref };
  await assertPush(channel, 'presence_diff', { joins: { bot: { metas: [changed] } }, leaves: { bot: { metas: [{ phx_ref: ref }] } } });
  expect(ChatPresence.getByKey(TOPIC, 'bot')).toMatchObject({ metas: [changed] });

  ChatPresence.untrackPid(pid, TOPIC, 'bot');
  await assertPush(channel, 'presence_diff', { joins: {}, leaves: { bot: { metas: [changed] } } });
  ChatPresence.untrackPid(pid, TOPIC, 'bot');
  expect(() => ChatPresence.updatePid(pid, TOPIC, 'bot', {})).toThrow(PresenceError);
});

it('only what lives on this thread can be tracked', async () => {
  await connect(UserSocket, { name: 'Ann' });
  const pid = await startSupervised(Bot);
  await stopSupervised(pid);
  expect(() => ChatPresence.trackPid(pid, TOPIC, 'bot', {})).toThrow(
    expect.objectContaining({ code: 'badarg', message: expect.stringContaining('expected a live process of this thread') }),
  );
  expect(ChatPresence.list(TOPIC)).toEqual({});
});
