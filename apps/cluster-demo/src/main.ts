import { startNats } from '@rekindle/e2e';
import { ChatNode } from './chat-node.js';
import { Impossible } from './impossible.js';

const CLUSTER = 'demo';

function firstPort(): number {
  const { PORT = '4000' } = process.env;
  const port = Number(PORT);
  if (!/^\d+$/.test(PORT) || port < 1 || port > 65_534) {
    throw new Impossible(`PORT: expected a whole number from 1 to 65534 (the second process takes the next one), got '${PORT}'.`);
  }
  return port;
}

interface Server {
  readonly url: string;
  readonly said: string;
  close(): Promise<void>;
}

/** A server of our own, unless NATS_URL names another one. */
async function natsServer(): Promise<Server> {
  const { NATS_URL } = process.env;
  if (NATS_URL !== undefined) return { url: NATS_URL, said: 'NATS:    the server of NATS_URL', close: async () => {} };
  try {
    const server = await startNats();
    return { url: server.url, said: `NATS:    ${server.url}, process ${server.pid}`, close: () => server.close() };
  } catch (error) {
    throw new Impossible(`${(error as Error).message} Or set NATS_URL to a NATS server that runs already.`);
  }
}

async function main(): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  let stopping = false;
  // Ctrl-C arrives twice, from the terminal and from npm, and may come at any moment of the start.
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    for (const end of stops.reverse()) await end();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  try {
    const port = firstPort();
    console.log('Starting a NATS server (fetched from Debian the first time) and two processes of the chat…');
    const nats = await natsServer();
    stops.push(() => nats.close());
    const nodes = [1, 2].map((n) => new ChatNode(`chat-${n}`, port + n - 1, { NATS_URL: nats.url, CLUSTER }));
    stops.push(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
    await Promise.all(nodes.map((node) => node.start()));
    const [one, two] = nodes as [ChatNode, ChatNode];
    console.log(`
chat-1:  ${one.url}, process ${one.pid}
chat-2:  ${two.url}, process ${two.pid}
${nats.said}

Open both addresses, enter the chat in both, and try:
  say something      it appears in both windows, and both list both people
  kill -9 ${String(one.pid).padEnd(10)} chat-2 goes on, the people of chat-1 leave its list within 2 seconds;
                     chat-1 is started again by itself and joins
Ctrl-C ends everything.
`);
  } catch (error) {
    if (!stopping) console.error(error instanceof Impossible ? error.message : error);
    await stop(1);
  }
}

await main();
