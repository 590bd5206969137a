// One node of several, which does what its parent says: node --expose-gc scale-node.js NODE NATS_URL
import { clusterName, clusterNames, nodes, type Pid, pg, type Ref, whereis } from '@rekindle/kernel';
import { Sink } from './application.js';
import { startNode } from './start-node.js';

export type Task =
  | { readonly do: 'names' | 'groups' | 'topics'; readonly from: number; readonly to: number }
  | { readonly do: 'look' }
  | { readonly do: 'broadcast'; readonly topic: string };

/** What a node knows. */
export interface Look {
  readonly nodes: number;
  readonly names: number;
  readonly groups: number;
  readonly heard: number;
  readonly heapBytes: number;
}

/** What is asked for before the first of it is answered. */
const AT_ONCE = 200;

async function inBatches(from: number, to: number, act: (n: number) => Promise<unknown>): Promise<void> {
  for (let at = from; at < to; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, to - at) }, (_, i) => act(at + i)));
  }
}

const [node = '', url = ''] = process.argv.slice(2);
const topics = await startNode(node, url);
const sink = Sink.whereis('sink') as Ref<Sink>;

async function perform(task: Task): Promise<unknown> {
  switch (task.do) {
    case 'names':
      return inBatches(task.from, task.to, (n) => Sink.start(undefined, { name: clusterName(`name ${n}`) }));
    case 'groups':
      for (let n = task.from; n < task.to; n++) pg().join(`group ${n}`, whereis('sink') as Pid);
      return;
    case 'topics':
      return inBatches(task.from, task.to, async (n) => topics.subscribe(`topic ${n}`, sink));
    case 'broadcast':
      topics.broadcast(task.topic, { text: '' });
      return;
    case 'look': {
      globalThis.gc?.();
      const { heapUsed } = process.memoryUsage();
      const heard = await sink.call('count');
      return {
        nodes: nodes().length,
        names: clusterNames().length,
        groups: pg().whichGroups().length,
        heard,
        heapBytes: heapUsed,
      } satisfies Look;
    }
  }
}

process.on('message', (task: Task) => {
  void perform(task).then((done) => process.send?.({ done }));
});
process.send?.({ done: 'ready' });
