import { type Answer, answer, type TypedChannel, typed } from '@rekindle/client';
import { Presence, Socket } from 'phoenix';

interface Room {
  join: { sent: { lastSeen?: number }; params: { lastSeen: number }; reply: { welcome: string }; error: { reason: 'full' } };
  in: {
    new_msg: { sent: { body: string }; payload: { body: string }; reply: { id: number }; error: { reason: 'muted' | 'too_fast' } };
    typing: { sent: {}; payload: {}; reply: void; error: { reason: string } };
  };
  out: { new_msg: { id: number; from: string; body: string }; presence_state: { [key: string]: { metas: { onlineAt: number }[] } } };
  meta: { onlineAt: number };
}

interface Score {
  join: { sent: object; params: unknown; reply: void; error: { reason: string } };
  in: { [event: string]: never };
  out: { goal: { team: 'home' | 'away' } };
  meta: never;
}

const socket = typed<{ 'room:*': Room; score: Score }>(new Socket('/socket'));

export async function good(): Promise<number | string> {
  const room: TypedChannel<Room> = socket.channel('room:lobby', {});
  socket.channel('room:lobby', () => ({ lastSeen: 3 }));
  room
    .join()
    .receive('ok', ({ welcome }) => welcome.length)
    .receive('error', ({ reason }) => reason === 'full');
  const ref: number = room.on('new_msg', ({ id, from, body }) => `${id + 1}${from}${body}`);
  room.off('new_msg', ref);
  new Presence(room).list((key: string) => key);
  socket.channel('score', {}).on('goal', ({ team }) => team === 'home');
  const said: Answer<{ id: number }, { reason: 'muted' | 'too_fast' }> = await answer(room.push('new_msg', { body: 'hello' }));
  if (said.status === 'ok') return said.response.id;
  return said.status === 'error' ? said.response.reason : 'no answer';
}

export async function mistakes(room: TypedChannel<Room>): Promise<void> {
  // @ts-expect-error no such topic
  socket.channel('rooms:lobby', {});
  // @ts-expect-error wrong join parameter
  socket.channel('room:lobby', { lastSeen: 'today' });
  // @ts-expect-error no such event
  room.push('new_message', { body: '' });
  // @ts-expect-error wrong payload
  room.push('new_msg', { text: '' });
  // @ts-expect-error no payload
  room.push('new_msg');
  // @ts-expect-error no such event comes
  room.on('typing', () => {});
  // @ts-expect-error wrong field
  room.on('new_msg', ({ text }) => text);
  const said = await answer(room.push('new_msg', { body: '' }));
  // @ts-expect-error it may have been refused
  said.response.id;
  // @ts-expect-error no such reason
  if (said.status === 'error') said.response.reason === 'banned';
}
