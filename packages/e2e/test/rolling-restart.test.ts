import { type LoadBalancer, type NatsServer, startLoadBalancer, startNats } from '@rekindle/e2e';
import { type Channel, Socket } from 'phoenix';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { LONG, measured } from '../../cluster/test/support/form.js';
import { SOON, TestNode } from '../../cluster/test/support/node.js';

// Three nodes behind a load balancer are restarted one after the other while stock clients talk.

const CLIENTS = 30;
/** How often each node is restarted. */
const ROUNDS = LONG ? 4 : 1;
let nats: NatsServer;
let nodes: TestNode[];
let front: LoadBalancer;
const clients: Client[] = [];

/** A stock client in a room, and when it was out of it. */
class Client {
  readonly socket: Socket;
  readonly room: Channel;
  readonly heard: number[] = [];
  readonly outages: number[] = [];
  joined = false;
  #outSince: number | undefined;

  constructor(port: number) {
    this.socket = new Socket(`ws://127.0.0.1:${port}/socket`, { transport: WebSocket });
    this.socket.onClose(() => {
      this.joined = false;
      this.#outSince ??= performance.now();
    });
    this.room = this.socket.channel('room:rolling', {});
    this.room.on('tick', ({ n }: { n: number }) => void this.heard.push(n));
    this.room.join().receive('ok', () => {
      this.joined = true;
      if (this.#outSince !== undefined) this.outages.push(performance.now() - this.#outSince);
      this.#outSince = undefined;
    });
    this.socket.connect();
  }
}

beforeAll(async () => {
  nats = await startNats();
  nodes = await Promise.all([1, 1, 1].map((schedulers, i) => TestNode.start(`node-${i}`, nats.url, schedulers)));
  for (const node of nodes) await node.seesNodes(...others(node).map(({ name }) => name));
  front = await startLoadBalancer(nodes.map(({ port }) => port));
  for (let i = 0; i < CLIENTS; i++) clients.push(new Client(front.port));
}, 300_000);

afterAll(async () => {
  for (const { socket } of clients) socket.disconnect();
  await front.close();
  await Promise.all(nodes.map(({ child }) => child.kill()));
  await nats.close();
});

const others = (node: TestNode): TestNode[] => nodes.filter((other) => other !== node);
const leader = async (node: TestNode): Promise<string> => ((await node.probe('named', 'leader')) as { holder: string }).holder;
const nodeOf = (pid: string): string => /^#Pid<([\w-]+)\./.exec(pid)?.[1] ?? 'nobody';

describe('a rolling restart', () => {
  it(
    'loses no connection between nodes in another way than by leaving, moves names, and brings all clients back',
    async () => {
      await expect.poll(() => clients.filter(({ joined }) => joined).length, SOON).toBe(CLIENTS);
      await expect.poll(() => leader(nodes[0] as TestNode).then(nodeOf), SOON).toMatch(/^node-/);
      const moves: number[] = [];
      for (let i = 0; i < nodes.length * ROUNDS; i++) {
        const node = nodes[i % nodes.length] as TestNode;
        const [watcher] = others(node) as [TestNode];
        const from = watcher.child.output.length;
        await watcher.probe('watchName', node.name, 'victim', node.name);
        const led = nodeOf(await leader(watcher)) === node.name;
        const began = performance.now();
        const exit = node.child.kill();
        if (led) {
          await expect.poll(() => leader(watcher).then(nodeOf), { ...SOON, interval: 10 }).not.toMatch(new RegExp(`${node.name}|nobody`));
          moves.push(performance.now() - began);
        }
        expect(await exit).toEqual({ code: 0, signal: null });
        await watcher.says('NODEDOWN', { node: node.name, reason: 'left' }, from);
        // Its processes ended in order.
        await watcher.says('DOWN', { label: node.name, reason: 'shutdown' }, from);
        nodes[i % nodes.length] = await TestNode.start(node.name, nats.url, 1, node.port);
        for (const each of nodes) await each.seesNodes(...others(each).map(({ name }) => name));
        await expect.poll(() => clients.filter(({ joined }) => joined).length, { timeout: 30_000, interval: 20 }).toBe(CLIENTS);
        await watcher.probe('broadcast', 'room:rolling', 'tick', { n: i });
        for (const { heard } of clients) await expect.poll(() => heard.at(-1), SOON).toBe(i);
      }
      // Whoever was there heard each round once.
      for (const { heard } of clients) expect(heard).toEqual(Array.from({ length: nodes.length * ROUNDS }, (_, i) => i));
      for (const node of nodes) {
        for (const down of node.said('NODEDOWN')) expect(down).toMatchObject({ reason: 'left' });
        for (const down of node.said('DOWN')) expect(down).not.toMatchObject({ reason: 'noconnection' });
      }
      expect(moves.length).toBeGreaterThan(0);
      const outages = clients.flatMap((client) => client.outages).sort((x, y) => x - y);
      const at = (part: number): string => (outages[Math.floor((outages.length - 1) * part)] ?? 0).toFixed(0);
      measured('rolling', 'clients are away, p50', Number(at(0.5)) / 1000, 's');
      measured('rolling', 'clients are away, p99', Number(at(0.99)) / 1000, 's');
      for (const ms of moves) measured('rolling', 'a name moves within', ms / 1000, 's');
      console.log(
        `clients were away ${outages.length} times, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms; names moved within ${moves.map((ms) => ms.toFixed(0)).join(', ')} ms of the signal`,
      );
    },
    120_000 * ROUNDS,
  );
});
