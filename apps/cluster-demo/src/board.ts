import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { ACTIONS, type Action, type DemoNode } from './demo-node.js';
import type { NodeReport } from './node-report.js';

const LOOK_MS = 400;
const page = readFileSync(new URL('../public/board.html', import.meta.url));

interface Totals {
  heard: number;
  lost: number;
  doubled: number;
}

/** The page that shows all nodes, with buttons that break them: `/cluster`, `/cluster/state` and `/cluster/do`. */
export class Board {
  readonly #nodes: readonly DemoNode[];
  readonly #nats: string;
  readonly #reports = new Map<string, NodeReport | undefined>();
  /** Of every process that ever reported: those that are gone count too. */
  readonly #counts = new Map<number, Totals>();
  #timer: NodeJS.Timeout | undefined;

  constructor(nodes: readonly DemoNode[], nats: string) {
    this.#nodes = nodes;
    this.#nats = nats;
  }

  start(): void {
    void this.#look();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Whether the node has answered lately. */
  answers({ name }: DemoNode): boolean {
    return this.#reports.get(name) !== undefined;
  }

  /** False: the request is for somebody else. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/cluster') response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
    else if (path === '/cluster/state') answer(response, 200, this.#state());
    else if (path === '/cluster/do') void this.#do(request, response);
    else return false;
    return true;
  }

  async #look(): Promise<void> {
    this.#timer = setTimeout(() => void this.#look(), LOOK_MS);
    await Promise.all(
      this.#nodes.map(async (node) => {
        const report = await node.report();
        this.#reports.set(node.name, report);
        if (report !== undefined) this.#counts.set(report.pid, report);
      }),
    );
  }

  #state(): unknown {
    const totals: Totals = { heard: 0, lost: 0, doubled: 0 };
    for (const { heard, lost, doubled } of this.#counts.values()) {
      totals.heard += heard;
      totals.lost += lost;
      totals.doubled += doubled;
    }
    const nodes = this.#nodes.map((node) => ({
      name: node.name,
      url: node.url,
      pid: node.pid,
      condition: node.condition,
      report: this.#reports.get(node.name) ?? null,
    }));
    return { nats: this.#nats, nodes, totals };
  }

  async #do(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Only scripts of this very page may send this type without being asked first whether they may.
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') {
      answer(response, 400, { error: 'expected a POST with JSON' });
      return;
    }
    const { node: name, action } = ((await json(request).catch(() => null)) ?? {}) as { node?: unknown; action?: unknown };
    const node = this.#nodes.find((node) => node.name === name);
    if (node === undefined || !isAction(action)) {
      const names = this.#nodes.map(({ name }) => name).join(', ');
      answer(response, 400, { error: `expected a node (${names}) and an action (${ACTIONS.join(', ')})` });
      return;
    }
    node.act(action);
    console.log(`${node.name}: ${action}`);
    answer(response, 200, {});
  }
}

function isAction(value: unknown): value is Action {
  return ACTIONS.some((action) => action === value);
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
