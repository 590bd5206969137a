import { startNode } from '@rekindle/e2e';
import { describe, expect, it } from 'vitest';
import { main } from './chat/server.js';

describe('the chat as a node of a cluster, set up wrongly, ends with one line', () => {
  const NATS_URL = 'nats://127.0.0.1:4222';
  it.each([
    [{ CLUSTER: 'chat' }, "CLUSTER: the nodes of a cluster meet at a NATS server, set NATS_URL too, as in 'nats://127.0.0.1:4222'."],
    [{ NATS_URL }, "NODE_NAME: with NATS_URL this is one of several nodes and needs a name of its own, as in 'chat-1'."],
    [{ NATS_URL, NODE_NAME: 'a.b' }, "NODE_NAME: expected 1 to 64 letters, digits, - and _, got 'a.b'."],
    [
      { NATS_URL, NODE_NAME: 'chat-1', CLUSTER: 'my chat' },
      "cluster.name: expected 1 to 32 letters, digits, '_' or '-', got 'my chat'; for example name: 'chat'",
    ],
    [
      { NATS_URL: 'http://me:secret@127.0.0.1', NODE_NAME: 'chat-1' },
      "cluster.servers: expected one or more addresses of NATS servers, got 'http://127.0.0.1'; for example servers: 'nats://127.0.0.1:4222'",
    ],
  ])('%j', async (env, message) => {
    const child = await startNode(main, [], { env: { PORT: '0', ...env } });
    const { code } = await child.exited;
    expect({ output: child.output.trim(), code }).toEqual({ output: message, code: 1 });
  });
});
