import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { clusterNames, nodes, pg } from '@rekindle/kernel';
import { evaluate, makeContext } from './evaluate.js';
import { type Answer, type Question, readLines } from './protocol.js';
import { supervisionTree } from './tree.js';

/** What a node tells of itself. */
export interface ControlledNode {
  readonly node: string;
  readonly port: number;
  readonly schedulers: number;
  /** Figures about its cluster; null when it is alone. */
  cluster(): object | null;
}

/**
 * Opens a socket in that folder through which `rekindle tree`, `remote` and `cluster status` look into this process. It is for
 * the user who runs the process alone: whoever can write to it can do everything the process can. Resolves to how to close it.
 */
export async function openControl(folder: string, node: ControlledNode): Promise<() => void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${node.node}-${process.pid}.sock`);
  rmSync(path, { force: true });
  const server = createServer((socket) => {
    const context = makeContext();
    socket.on('error', () => socket.destroy());
    readLines(socket, (line) => {
      void answered(line, node, context).then((answer) => socket.writable && socket.write(`${JSON.stringify(answer)}\n`));
    });
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(path, resolve);
  });
  chmodSync(path, 0o600);
  const close = (): void => {
    server.close();
    rmSync(path, { force: true });
  };
  process.once('exit', close);
  return () => {
    process.off('exit', close);
    close();
  };
}

async function answered(line: string, node: ControlledNode, context: ReturnType<typeof makeContext>): Promise<Answer> {
  try {
    const question = JSON.parse(line) as Question;
    if (question.ask === 'tree') return { ok: true, text: await supervisionTree() };
    if (question.ask === 'evaluate') return { ok: true, text: await evaluate(context, question.code) };
    return { ok: true, text: JSON.stringify(status(node)) };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
}

/** What `rekindle cluster status` shows. */
export interface NodeStatus {
  readonly node: string;
  readonly pid: number;
  readonly port: number;
  readonly schedulers: number;
  readonly uptimeSeconds: number;
  readonly cluster: object | null;
  readonly nodes: readonly string[];
  /** Process groups and names of the whole cluster, as far as they are known here. */
  readonly groups: number;
  readonly names: number;
}

function status({ node, port, schedulers, cluster }: ControlledNode): NodeStatus {
  return {
    node,
    pid: process.pid,
    port,
    schedulers,
    uptimeSeconds: Math.round(process.uptime()),
    cluster: cluster(),
    nodes: nodes(),
    groups: pg().whichGroups().length,
    names: clusterNames().length,
  };
}
