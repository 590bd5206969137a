import { startNats } from '@rekindle/e2e';
import { Board } from './board.js';
import { DemoNode } from './demo-node.js';
import { Front } from './front.js';
import { Impossible } from './impossible.js';

const CLUSTER = 'demo';
const NODES = 3;

function firstPort(): number {
  const { PORT = '4000' } = process.env;
  const port = Number(PORT);
  const last = 65_535 - NODES;
  if (!/^\d+$/.test(PORT) || port < 1 || port > last) {
    throw new Impossible(`PORT: expected a whole number from 1 to ${last} (the processes take the next ${NODES}), got '${PORT}'.`);
  }
  return port;
}

interface Server {
  readonly url: URL;
  readonly said: string;
  close(): Promise<void>;
}

/** A server of our own, unless NATS_URL names another one. */
async function natsServer(): Promise<Server> {
  const { NATS_URL } = process.env;
  if (NATS_URL !== undefined) {
    if (!URL.canParse(NATS_URL)) throw new Impossible(`NATS_URL: expected an address such as nats://127.0.0.1:4222, got '${NATS_URL}'.`);
    return { url: new URL(NATS_URL), said: 'the server of NATS_URL', close: async () => {} };
  }
  try {
    const server = await startNats();
    return { url: new URL(server.url), said: `${server.url}, process ${server.pid}`, close: () => server.close() };
  } catch (error) {
    throw new Impossible(`${(error as Error).message} Or set NATS_URL to a NATS server that runs already.`);
  }
}

async function main(): Promise<void> {
  const stops: (() => Promise<void> | void)[] = [];
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
    console.log(`Starting a NATS server (fetched from Debian the first time) and ${NODES} processes of the chat…`);
    const nats = await natsServer();
    stops.push(() => nats.close());
    const nodes = Array.from({ length: NODES }, (_, i) => new DemoNode(`chat-${i + 1}`, port + i + 1, { url: nats.url, cluster: CLUSTER }));
    stops.push(async () => void (await Promise.all(nodes.map((node) => node.stop()))));
    const board = new Board(nodes, nats.said);
    const front = new Front(nodes, board);
    await front.start(port);
    stops.push(() => front.stop());
    await Promise.all(nodes.map((node) => node.start()));
    board.start();
    stops.push(() => board.stop());
    console.log(`
board:   http://localhost:${port}/cluster  (kill, freeze, cut off and heal processes; see what becomes of it)
chat:    http://localhost:${port}  (a small proxy in front: each window comes to the next process)
${nodes.map(({ name, url, pid }) => `${name}:  ${url}, process ${pid}`).join('\n')}
NATS:    ${nats.said}

Open the board, and the chat in two windows, and try:
  say something      it appears in both windows, and both list both people
  kill -9 ${String(nodes[0]?.pid).padEnd(10)} or on the board: the others go on, the people of chat-1 leave their lists within 2 seconds;
                     chat-1 is started again by itself and joins
Ctrl-C ends everything.
`);
  } catch (error) {
    if (!stopping) console.error(error instanceof Impossible ? error.message : error);
    await stop(1);
  }
}

await main();
