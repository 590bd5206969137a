import { connect, type NatsConnection } from '@nats-io/transport-node';
import { headers, topicShard } from '@rekindle/cluster/internal';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, readLog } from '../support/event-log.js';
import { LONG, measured, since } from '../support/form.js';
import { Lab } from '../support/lab.js';
import { SOON, type TestNode } from '../support/node.js';
import { randomNumbers } from '../support/random.js';

// Somebody who may publish everything says what is nothing: random bytes, and what nodes have said before with bytes changed in it, on
// all subjects. What is left out is what a node might say: with such permissions anybody can speak for it (see nats-access.test.ts).
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31);
const FRAMES = LONG ? 1_000_000 : 30_000;
const AT_A_TIME = 500;
const random = randomNumbers(SEED);
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

let lab: Lab;
let a: TestNode;
let b: TestNode;
let stranger: NatsConnection;
let beats = 0;
/** What nodes have said: the last frames between them, and broadcasts. */
const frames: { subject: string; bytes: Buffer }[] = [];
const broadcasts: Buffer[] = [];
let real = true;

beforeAll(async () => {
  lab = await Lab.start({ schedulers: { a: 0, b: 1 }, recordMs: 20, direct: true });
  [a, b] = [lab.node('a'), lab.node('b')];
  stranger = await connect({ servers: `127.0.0.1:${lab.nats.port}`, noEcho: true });
  stranger.subscribe('rt1.test.>', {
    callback: (_error, { subject, data }) => {
      if (subject.startsWith('rt1.test.hb.')) beats++;
      else if (real && subject.startsWith('rt1.test.n.')) frames.push({ subject, bytes: Buffer.from(data) });
      else if (real && subject.startsWith('rt1.test.t.')) broadcasts.push(Buffer.from(data));
    },
  });
  await stranger.flush();
}, 300_000);

afterAll(async () => {
  await stranger.close();
  await lab.close();
});

const noise = (): Buffer => Buffer.from(Array.from({ length: random(60) }, () => random(256)));

function changed(bytes: Buffer, times: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let i = 0; i < times && copy.length > 0; i++) copy[random(copy.length)] = random(256);
  return copy;
}

/** Of an association that there is not, whatever else it says. */
function strangeFrame(bytes: Buffer): Buffer {
  const copy = changed(bytes, random(4));
  copy[0] = headers.VERSION;
  copy[1] = headers.DATA + random(5);
  if (copy.length >= headers.HEADER_BYTES) copy.writeUInt16BE(60_000 + random(5000), 4 + 2 * random(2));
  return copy;
}

const strange: readonly (() => readonly [subject: string, bytes: Uint8Array])[] = [
  () => [pick(frames).subject, noise()],
  () => [pick(frames).subject, strangeFrame(pick(frames).bytes)],
  // Too short for what it says.
  () => [pick(frames).subject, pick(frames).bytes.subarray(0, random(headers.HEADER_BYTES))],
  // From nodes that are none.
  () => [pick(frames).subject.replace(/[^.]+$/, `x${random(5)}`), changed(pick(frames).bytes, 3)],
  () => ['rt1.test.hb.a', noise()],
  () => [
    'rt1.test.hb.b',
    Buffer.from(pick(['{', 'null', '[]', '{"v":2}', '{"v":1,"node":"a"}', '{"v":1,"node":"b","inc":"x","run":"r"}'])),
  ],
  () => [`rt1.test.hb.x${random(5)}`, changed(Buffer.from(`{"v":1,"node":"x${random(5)}","inc":${random(9)},"run":"r"}`), 1 + random(3))],
  () => [`rt1.test.t.${topicShard('room:1')}.room:1`, noise()],
  () => [`rt1.test.t.${topicShard('room:1')}.room:1`, pick(broadcasts).subarray(0, random(12))],
  () => [
    pick(frames)
      .subject.replace('.n.', '.p.')
      .replace(/\.[^.]+$/, ''),
    noise(),
  ],
  () => [`rt1.test.${pick(['', 'f', 'ctl', 'zz.', 'n', 'n.a'])}x`, noise()],
];

describe('what is no frame', () => {
  it(`is counted, ends nothing and changes nothing, CHAOS_SEED=${SEED}`, { timeout: 60_000 + FRAMES / 5 }, async () => {
    const earlier = await b.client('room:1');
    await a.probe('broadcast', 'room:1', 'said', { text: 'before' });
    await earlier.next((frame) => frame[3] === 'said');
    earlier.close();
    await expect.poll(() => frames.length > 50 && broadcasts.length > 0, SOON).toBe(true);
    real = false;
    const before = await Promise.all([a.stats(), b.stats()]);
    const [beatsBefore, began] = [beats, performance.now()];
    for (let i = 0; i < FRAMES; i += AT_A_TIME) {
      for (let j = 0; j < AT_A_TIME; j++) stranger.publish(...pick(strange)());
      await stranger.flush();
    }
    // A question that is answered after all of it.
    for (const [i, node] of [a, b].entries()) {
      const counted = async () => (await node.stats()).badFrames - (before[i]?.badFrames ?? 0);
      await expect.poll(counted, SOON).toBeGreaterThan(FRAMES / 10);
      expect(node.said('NODEDOWN')).toEqual([]);
      expect(node.child.output).not.toContain('error outside of every process');
      expect(node.child.output).not.toContain('the connection to NATS is lost');
      const { nodes } = await node.stats();
      expect(nodes.filter(({ phase }) => phase === 'up').map(({ node }) => node)).toEqual([node === a ? 'b' : 'a']);
    }
    measured('frames', 'frames', FRAMES, '');
    // Those of the two nodes, beside what the stranger says in their name, which does not come back to it. A short form ends too soon.
    if (LONG) measured('frames', 'heartbeats of a node per second meanwhile', (beats - beatsBefore) / 2 / since(began), '');
    await lab.meet();
    const client = await b.client('room:1');
    await a.probe('broadcast', 'room:1', 'said', { text: 'after' });
    await client.next((frame) => frame[3] === 'said' && frame[4].text === 'after');
    for (const [from, to] of [[a, b] as const, [b, a] as const]) {
      const sent = (await from.ask('recorder', 'stop')) as { [to: string]: number };
      const last = async () => ((await to.ask('recorder', 'last')) as { [from: string]: number })[`${from.name}/${from.child.pid}`];
      await expect.poll(last, SOON).toBe((sent[to.name] as number) - 1);
    }
    expect(judge(lab.runs.map(({ name, child }) => readLog(name, child.pid, child.output)))).toMatchObject({ problems: [], nodedowns: 0 });
    client.close();
  });
});
