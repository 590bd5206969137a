import { inspect } from 'node:util';
import { type Context, createContext, runInContext } from 'node:vm';
import * as kernelVerbs from '@rekindle/kernel';
import { supervisionTree } from './tree.js';

/** What a REPL into a node can use: the verbs that need no process of their own, on the node's main thread. */
export function makeContext(): Context {
  const { whereis, processInfo, processes, sys, nodes, exit, isAlive, send, pg, Supervisor, DynamicSupervisor, describeReason } =
    kernelVerbs;
  return createContext({
    whereis,
    processInfo,
    processes,
    sys,
    nodes,
    exit,
    isAlive,
    send,
    pg,
    Supervisor,
    DynamicSupervisor,
    describeReason,
    tree: supervisionTree,
    console,
    setTimeout,
    URL,
  });
}

/** Runs a line in it, waits for what it promises, and shows the value. Rejects with what it throws. */
export async function evaluate(context: Context, code: string): Promise<string> {
  const value: unknown = await runInContext(code, context, { filename: 'remote', timeout: 1000 });
  return typeof value === 'string' ? value : inspect(value, { depth: 5, maxArrayLength: 100 });
}
