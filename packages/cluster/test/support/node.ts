import { fileURLToPath } from 'node:url';
import type { ClusterStats } from '@rekindle/cluster';
import { type Child, startNode } from '@rekindle/e2e';
import { expect, vi } from 'vitest';
import { RawClient } from '../../../e2e/test/raw-client.js';

export const script = fileURLToPath(new URL('../fixtures/node.mjs', import.meta.url));
/** For what takes a moment; what it waits for may take the longest pause of a busy machine. */
export const SOON = { timeout: 10_000, interval: 50 };

/** One node of a cluster in a process of its own. */
export class TestNode {
  readonly name: string;
  readonly child: Child;
  readonly port: number;

  constructor(name: string, child: Child) {
    this.name = name;
    this.child = child;
    this.port = Number(/^READY (\d+)/m.exec(child.output)?.[1]);
  }

  static async start(name: string, natsUrl: string, schedulers = 0, port = 0, more: NodeJS.ProcessEnv = {}): Promise<TestNode> {
    const env = { NODE: name, NATS: natsUrl, SCHEDULERS: String(schedulers), PORT: String(port), NODE_ENV: 'production', ...more };
    return new TestNode(name, await startNode(script, [], { env, ready: /^READY \d+$/m }));
  }

  /** Asks the server of that name on this node. */
  async ask(name: string, method: string, ...args: readonly unknown[]): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}/`, { method: 'POST', body: JSON.stringify({ name, method, args }) });
    if (!response.ok)
      throw new Error(`${this.name}: ${method} answered with ${response.status}; output:\n${this.child.output.slice(-2000)}`);
    return ((await response.json()) as { value: unknown }).value;
  }

  probe(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.ask('probe', method, ...args);
  }

  async seesNodes(...names: string[]): Promise<void> {
    await vi.waitFor(async () => expect(await this.probe('nodes')).toEqual(names.sort()), SOON);
  }

  /** What the node has printed with this word in front, from `from` on in its output. */
  said(word: string, from = 0): unknown[] {
    return Array.from(
      this.child.output.slice(from).matchAll(new RegExp(`^${word} (.*)$`, 'gm')),
      ([, json]) => JSON.parse(json as string) as unknown,
    );
  }

  /** Resolves when that was printed, once. */
  async says(word: string, data: object, from = 0): Promise<void> {
    await expect.poll(() => this.said(word, from), SOON).toContainEqual(expect.objectContaining(data));
  }

  /** When the node has logged the first line with that text about the cluster, in milliseconds since 1970. */
  loggedAt(text: string, from = 0): number {
    const line = this.child.output
      .slice(from)
      .split('\n')
      .find((line) => line.includes(`cluster: ${text}`));
    return Date.parse(line?.slice(0, 24) ?? '');
  }

  /** The probe gets to know a process of another node, which may just be restarting. */
  async keeps(node: string, name: string, label: string): Promise<void> {
    await vi.waitFor(async () => expect(await this.probe('keep', node, name, label)).toBe(true), SOON);
  }

  async stats(): Promise<ClusterStats> {
    const from = this.child.output.length;
    this.child.signal('SIGUSR2');
    const [, json] = await this.child.waitFor(/^STATS (.*)$/m, { from });
    return JSON.parse(json as string) as ClusterStats;
  }

  /** A channel client, joined to a topic; with a name it is present there. */
  async client(topic: string, { user, name }: { user?: string; name?: string } = {}): Promise<RawClient> {
    const client = await RawClient.connect(this.port, `/socket/websocket?vsn=2.0.0${user === undefined ? '' : `&user=${user}`}`);
    await client.join(topic, name === undefined ? {} : { name });
    return client;
  }
}

/** Who is in a topic, as this client has been told: its list and all changes to it. */
export function people(client: RawClient): string[] {
  const refs = new Map<string, string>();
  type Grouped = { readonly [key: string]: { readonly metas: readonly { readonly phx_ref: string }[] } };
  const each = (grouped: Grouped, act: (ref: string, key: string) => void): void => {
    for (const [key, { metas }] of Object.entries(grouped)) for (const { phx_ref } of metas) act(phx_ref, key);
  };
  for (const [, , , event, payload] of client.frames) {
    if (event === 'presence_state') each(payload as Grouped, (ref, key) => refs.set(ref, key));
    if (event !== 'presence_diff') continue;
    const { joins, leaves } = payload as { joins: Grouped; leaves: Grouped };
    each(joins, (ref, key) => refs.set(ref, key));
    each(leaves, (ref) => refs.delete(ref));
  }
  return [...refs.values()].sort();
}
