// The fresh process in which six nodes, each in a process of its own, get to know many things, lose NATS, and find each other again:
// node run-scale.js CASE; ENTRIES for another number of them.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startNats } from '@rekindle/e2e';
import type { Look, Task } from './scale-node.js';

const NODES = 6;
const COUNTS = { names: 100_000, groups: 100_000, topics: 20_000 } as const;
const LOOK_EVERY_MS = 50;

const what = process.argv[2] as keyof typeof COUNTS;
const count = Number(process.env.ENTRIES ?? COUNTS[what]);
if (!(what in COUNTS)) throw new Error(`no case '${process.argv[2]}'`);

const nats = await startNats();
const children: ChildProcess[] = [];
process.once('exit', () => children.forEach((child) => void child.removeAllListeners('exit').kill('SIGKILL')));
for (let i = 0; i < NODES; i++) {
  const script = fileURLToPath(new URL('scale-node.js', import.meta.url));
  const child = fork(script, [`node-${i}`, nats.url], { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  child.once('exit', (code, signal) => {
    console.error(`node-${i} has ended: ${code ?? signal}`);
    process.exit(1);
  });
  children.push(child);
  await once(child, 'message');
}
/** Owns nothing itself where others can own things for it to know. */
const observer = children.at(-1) as ChildProcess;
const others = children.slice(0, -1);

async function ask(child: ChildProcess, task: Task): Promise<unknown> {
  child.send(task);
  const [{ done }] = (await once(child, 'message')) as [{ done: unknown }];
  return done;
}
const look = async (child: ChildProcess): Promise<Look> => (await ask(child, { do: 'look' })) as Look;

/** The first time at which that can be seen, in milliseconds from now on. */
async function until(seen: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  while (!(await seen())) await sleep(LOOK_EVERY_MS);
  return performance.now() - began;
}

const allThere = async (): Promise<boolean> => (await Promise.all(children.map(look))).every(({ nodes }) => nodes === NODES - 1);
await until(allThere);
const before = await look(observer);

const began = performance.now();
if (what === 'topics') await Promise.all(children.map((child) => ask(child, { do: what, from: 0, to: count })));
else {
  const share = count / others.length;
  await Promise.all(others.map((child, i) => ask(child, { do: what, from: i * share, to: (i + 1) * share })));
}
const known = async (): Promise<boolean> => (what === 'topics' ? await hears() : (await look(observer))[what] === count);
await until(known);
const madeMs = performance.now() - began;
const after = await look(observer);

/** Whether what is said on the topic that was subscribed to last arrives. */
async function hears(): Promise<boolean> {
  const { heard } = await look(observer);
  await ask(others[0] as ChildProcess, { do: 'broadcast', topic: `topic ${count - 1}` });
  await sleep(LOOK_EVERY_MS);
  return (await look(observer)).heard > heard;
}

await nats.kill();
// Names and groups are those of others: they are gone only when those are down.
if (what !== 'topics') await until(async () => (await look(observer)).nodes === 0);
await nats.restart();
const resyncMs = await until(async () => (await known()) && (await allThere()));

const bytes = (after.heapBytes - before.heapBytes) / count;
console.log(JSON.stringify({ variant: 'rekindle', value: bytes, count, madeMs, resyncMs }));
for (const child of children) child.removeAllListeners('exit').kill('SIGKILL');
await nats.close();
process.exit();
