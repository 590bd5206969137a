import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Context, type ExitReason, exit, type GroupEvent, type MonitorRef, type Pid } from '@rekindle/kernel';
import { condemn, installKernel, type ProcessId, spawnPlain } from '@rekindle/kernel/internal';
import { afterEach, describe, expect, it } from 'vitest';
import { NAMES, World } from './support/simulated-world.js';
import type { SimulatedNode } from './support/simulation.js';

// Scenarios of process groups as Erlang/OTP played them on one node, here with their processes on several: what everybody knows when all
// is quiet is the same on every node. One operation on processes of several nodes is one on each, so what a monitor is told at a step is
// compared node by node, without an order between the nodes. And a monitor on another node than the process is told of those that have left,
// where OTP repeats what `leave` was called with, in the group or not; and is not told of processes that join when they have ended already,
// of which OTP says that they come and go.

interface Op {
  readonly op: string;
  readonly group: string;
  readonly procs: string | string[];
  readonly p: string;
  readonly as: string;
  readonly reason: ExitReason;
}
interface Scenario {
  readonly id: string;
  readonly kind: string;
  readonly procs: readonly { readonly id: string }[];
  readonly ops: readonly Op[];
}
type Event = [type: string, monitor: string, group: string, labels: string[]];
interface Step {
  readonly op: string;
  readonly result: unknown;
  readonly state: { readonly [group: string]: string[] };
  readonly recv: { readonly [label: string]: Event[] };
  readonly downs: { readonly [label: string]: unknown };
  readonly alive: string[];
}

const recordings = fileURLToPath(new URL('../../e2e/conformance/otp/', import.meta.url));
const read = <T>(file: string): T[] =>
  readFileSync(`${recordings}${file}`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const scenarios = read<Scenario>('scenarios-registry.jsonl').filter(({ kind }) => kind === 'pg');
const golden = new Map(read<{ id: string; steps: Step[] }>('golden-registry.jsonl').map(({ id, steps }) => [id, steps]));

afterEach(() => installKernel(null));

/** The processes of one scenario, label by label, each on a node. */
class Play {
  readonly #world: World;
  readonly #id: string;
  readonly #nodes: readonly SimulatedNode[];
  readonly #pids = new Map<string, ProcessId>();
  readonly #labels = new Map<string, string>();
  readonly #monitors = new Map<string, MonitorRef>();
  readonly #events: { readonly to: string; readonly event: GroupEvent }[] = [];
  readonly #downs = new Map<string, unknown>();

  constructor(world: World, nodes: readonly SimulatedNode[], id: string) {
    this.#world = world;
    this.#nodes = nodes;
    this.#id = id;
  }

  /** Which of the nodes: labels take turns. */
  placeOf(label: string): number {
    return [...label].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % this.#nodes.length;
  }

  spawn(label: string): void {
    const node = this.#on(label);
    const events = this.#events;
    const { pid } = spawnPlain(
      node.kernel,
      null,
      function* (context: Context<GroupEvent>) {
        for (;;) events.push({ to: label, event: yield* context.receive() });
      },
      {},
    );
    node.watch(pid, (reason) => this.#downs.set(label, reason));
    this.#pids.set(label, pid);
    this.#labels.set(keyOf(pid), label);
  }

  async step(op: Op): Promise<Step> {
    this.#events.length = 0;
    this.#downs.clear();
    const result = await this.#perform(op);
    await this.#world.pass(100);
    const alive = [...this.#pids].flatMap(([label, { proc }]) => (proc.alive ? [label] : []));
    return { op: op.op, result, state: this.#state(), recv: this.#received(), downs: Object.fromEntries(this.#downs), alive: alive.sort() };
  }

  async #perform(op: Op): Promise<unknown> {
    const group = this.#groupName(op.group);
    const { op: what, p, as } = op;
    switch (what) {
      case 'spawn':
        this.spawn(p);
        return 'ok';
      case 'exit': {
        const pid = this.#pid(p);
        if (!pid.proc.alive) return 'dead';
        installKernel(pid.at.kernel);
        exit(pid, op.reason);
        return 'ok';
      }
      case 'join':
      case 'leave': {
        const results = this.#nodes.flatMap((node) => {
          const pids = [op.procs]
            .flat()
            .map((label) => this.#pid(label))
            .filter((pid) => pid.node === node.name);
          if (pids.length === 0) return [];
          if (what === 'leave') return [node.groups.leave(group, pids)];
          node.groups.join(group, pids);
          return ['ok'];
        });
        return results.includes('ok') ? 'ok' : results[0];
      }
      case 'get_members':
        return this.#same((node) => this.#labelled(node.groups.getMembers(group)));
      case 'get_local_members':
        return this.#nodes.flatMap((node) => this.#labelled(node.groups.getLocalMembers(group))).sort();
      case 'which_groups':
        return this.#same((node) => this.#own(node.groups.whichGroups()));
      case 'which_local_groups':
        return [...new Set(this.#nodes.flatMap((node) => this.#own(node.groups.whichLocalGroups())))].sort();
      case 'monitor': {
        const { ref, pids } = this.#on(p).groups.monitor(group, this.#pid(p));
        this.#monitors.set(as, ref);
        return this.#labelled(pids);
      }
      case 'monitor_scope': {
        const { ref, groups } = this.#on(p).groups.monitorScope(this.#pid(p));
        this.#monitors.set(as, ref);
        return Object.fromEntries(
          this.#own([...groups.keys()]).map((name) => [name, this.#labelled(groups.get(this.#groupName(name)) ?? [])]),
        );
      }
      case 'demonitor':
        return this.#on(p).groups.demonitor(this.#monitors.get(as) as MonitorRef) ? 'ok' : false;
      default:
        throw new Error(`unknown operation ${what}`);
    }
  }

  #state(): Step['state'] {
    return this.#same((node) =>
      Object.fromEntries(
        this.#own(node.groups.whichGroups()).map((name) => [name, this.#labelled(node.groups.getMembers(this.#groupName(name)))]),
      ),
    );
  }

  #received(): Step['recv'] {
    const received: { [label: string]: Event[] } = {};
    for (const { to, event } of this.#events) {
      const [monitor = '?'] = [...this.#monitors].find(([, ref]) => ref === event.ref) ?? [];
      (received[to] ??= []).push([event.type, monitor, event.group.slice(this.#id.length + 1), this.#labelled(event.pids)]);
    }
    return received;
  }

  end(): void {
    for (const { proc } of this.#pids.values()) if (proc.alive) condemn(proc, 'killed');
  }

  /** What all nodes say. */
  #same<T>(ask: (node: SimulatedNode) => T): T {
    const [first, ...others] = this.#nodes.map(ask);
    for (const other of others) expect(other).toEqual(first);
    return first as T;
  }

  #groupName(group: string): string {
    return `${this.#id} ${group}`;
  }

  #own(groups: readonly string[]): string[] {
    const prefix = this.#groupName('');
    return groups.flatMap((group) => (group.startsWith(prefix) ? [group.slice(prefix.length)] : [])).sort();
  }

  #labelled(pids: readonly Pid[]): string[] {
    return pids.map((pid) => this.#labels.get(keyOf(pid as ProcessId)) ?? String(pid)).sort();
  }

  #pid(label: string): ProcessId {
    return this.#pids.get(label) as ProcessId;
  }

  #on(label: string): SimulatedNode {
    return this.#nodes[this.placeOf(label)] as SimulatedNode;
  }
}

/** Each node has its own object for a process. */
function keyOf({ node, serial }: ProcessId): string {
  return `${node}/${serial}`;
}

/** Each event as one for each node that it tells of, and without those that leave a group in which they are not or had ended before. */
function byNode(step: Step, before: Step['state'], hadEnded: ReadonlySet<string>, placeOf: (label: string) => number): unknown {
  return Object.fromEntries(
    Object.entries(step.recv).flatMap(([to, events]) => {
      const joined = events.flatMap(([type, , group, labels]) => (type === 'join' ? labels.map((label) => `${group} ${label}`) : []));
      const parts = events.flatMap(([type, monitor, group, labels]) => {
        const left = [...joined, ...(before[group] ?? []).map((label) => `${group} ${label}`)];
        const moved = labels.filter((label) => {
          const at = left.indexOf(`${group} ${label}`);
          if (at >= 0) left.splice(at, 1);
          return !hadEnded.has(label) && (type === 'join' || at >= 0);
        });
        return [...new Set(moved.map(placeOf))].map((place) =>
          JSON.stringify([type, monitor, group, moved.filter((label) => placeOf(label) === place).sort()]),
        );
      });
      return parts.length === 0 ? [] : [[to, parts.sort()]];
    }),
  );
}

describe.each([2, 3])('process groups as Erlang/OTP has them, on %i nodes', (count) => {
  it(`play ${scenarios.length} scenarios`, { timeout: 120_000 }, async () => {
    const world = new World(1);
    await world.pass(3000);
    const nodes = NAMES.slice(0, count).map((name) => world.node(name));
    let spread = 0;
    for (const { id, procs, ops } of scenarios) {
      const play = new Play(world, nodes, id);
      for (const { id: label } of procs) play.spawn(label);
      await world.pass(100);
      if (new Set(procs.map(({ id: label }) => play.placeOf(label))).size > 1) spread++;
      let before: Step['state'] = {};
      const ended = new Set<string>();
      for (const [i, op] of ops.entries()) {
        const want = (golden.get(id) as Step[])[i] as Step;
        const got = await play.step(op);
        const told = (step: Step) => byNode(step, before, ended, (label) => play.placeOf(label));
        expect({ id, i, ...got, recv: told(got) }).toEqual({ id, i, ...want, recv: told(want) });
        before = want.state;
        for (const label of Object.keys(want.downs)) ended.add(label);
        if (op.op === 'spawn') ended.delete(op.p);
      }
      play.end();
      await world.pass(100);
    }
    expect(scenarios.length).toBe(63);
    expect(spread).toBe(scenarios.length);
    for (const node of nodes) expect(node.groups.whichGroups()).toEqual([]);
  });
});
