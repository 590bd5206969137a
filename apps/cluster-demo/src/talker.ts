import { clusterName, fencingToken, GenServer, monitorNodes, nodes, type Pid, pg, processes, processInfo, whereis } from 'rekindle';
import type { NodeReport } from './node-report.js';
import { Tally } from './tally.js';

const EVERY_MS = 100;
export const LEADER = 'leader';
export const GROUP = 'workers';

type Heard =
  | { readonly type: 'speak' }
  | { readonly type: 'number'; readonly from: string; readonly run: number; readonly number: number }
  | { readonly type: 'nodeup' | 'nodedown'; readonly node: string };

/** Sends a number to its like on every node ten times a second, and counts what comes. */
export class Talker extends GenServer<{ info: Heard }> {
  readonly #tally = new Tally();
  readonly #said = new Map<string, number>();

  override init(): void {
    monitorNodes();
    this.send(this.self, { type: 'speak' });
  }

  override handleInfo(message: Heard): void {
    if (message.type === 'number') this.#tally.hear(message.from, message.run, message.number);
    else if (message.type === 'nodedown') this.#tally.down(message.node);
    else if (message.type === 'speak') this.#speak();
  }

  #speak(): void {
    const from = nodeOf(this.self);
    for (const node of nodes()) {
      const number = this.#said.get(node) ?? 0;
      this.#said.set(node, number + 1);
      this.send({ name: 'talker', node }, { type: 'number', from, run: process.pid, number } satisfies Heard);
    }
    this.sendAfter(EVERY_MS, { type: 'speak' });
  }

  report(): NodeReport {
    const { heard, lost, doubled } = this.#tally;
    const counts = new Map<string, number>();
    for (const pid of processes()) {
      const behaviour = processInfo(pid)?.behaviour ?? 'process';
      counts.set(behaviour, (counts.get(behaviour) ?? 0) + 1);
    }
    const holder = whereis(clusterName(LEADER));
    return {
      node: nodeOf(this.self),
      pid: process.pid,
      sees: nodes().sort(),
      actors: Array.from(counts, ([behaviour, count]) => ({ behaviour, count })).sort((x, y) => y.count - x.count),
      names: [{ name: LEADER, holder: holder === undefined ? null : nodeOf(holder), token: fencingToken(LEADER)?.revision ?? null }],
      group: pg().getMembers(GROUP).map(nodeOf).sort(),
      heard,
      lost,
      doubled,
    };
  }
}

function nodeOf(pid: Pid): string {
  return pid.node;
}
