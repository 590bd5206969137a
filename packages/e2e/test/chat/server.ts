import { type Child, freePort, root, startNode } from '@rekindle/e2e';

export const main = `${root}/apps/chat/dist/main.js`;

export interface ChatServer {
  readonly child: Child;
  readonly port: number;
}

/** The chat app as `npm start` runs it, on a free port. */
export async function startChat(env: NodeJS.ProcessEnv = {}): Promise<ChatServer> {
  const port = await freePort();
  const child = await startNode(main, [], { env: { PORT: String(port), ...env }, ready: /^Chat: http/m });
  return { child, port };
}
