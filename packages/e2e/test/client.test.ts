import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { answer, type TypedChannel, typed } from '@rekindle/client';
import { Presence, Socket } from 'phoenix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ChatServer, startChat } from './chat/server.js';

/** The part of the chat's contract that is used here. */
interface Room {
  join: { sent: { history?: number }; reply: { messages: { body: string }[] }; error: { reason: string } };
  in: {
    new_msg: { sent: { body: string }; reply: { id: number }; error: { reason: string } };
    block: { sent: {}; reply: void; error: { reason: string } };
  };
  out: { new_msg: { body: string } };
}

describe('the typed client', () => {
  let server: ChatServer;
  let socket: Socket;
  let room: TypedChannel<Room>;

  beforeAll(async () => {
    server = await startChat();
    socket = new Socket(`ws://127.0.0.1:${server.port}/socket`, { transport: WebSocket, params: { name: 'Ann' } });
    socket.connect();
    room = typed<{ 'room:*': Room }>(socket).channel('room:client', { history: 3 });
  });

  afterAll(async () => {
    socket.disconnect();
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  it('is the stock client itself', () => {
    expect(typed(socket)).toBe(socket);
    expect(new Presence(room).list()).toEqual([]);
  });

  it('awaits what the server answers: ok, error, and that it does not answer', async () => {
    const heard = new Promise((resolve) => room.on('new_msg', resolve));
    expect(await answer(room.join())).toMatchObject({ status: 'ok', response: { messages: [] } });
    expect(await answer(room.push('new_msg', { body: 'Hello' }))).toEqual({ status: 'ok', response: { id: 1 } });
    expect(await heard).toMatchObject({ body: 'Hello' });
    expect(await answer(room.push('new_msg', { body: '' }))).toMatchObject({ status: 'error', response: { reason: 'invalid payload' } });
    expect(await answer(room.push('block', {}, 100))).toEqual({ status: 'timeout' });
  });

  it('weighs less than 1 KiB', () => {
    const folder = new URL('.', import.meta.resolve('@rekindle/client'));
    const code = ['index.js', 'typed.js', 'answer.js'].map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n');
    expect(gzipSync(code).length).toBeLessThan(1024);
  });
});
