import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawClient } from '../../../e2e/test/raw-client.js';
import { LONG, measured } from '../support/form.js';
import { Lab } from '../support/lab.js';
import { randomNumbers } from '../support/random.js';

// Topics are said by clients: whatever they are, they must not get into the protocol of NATS as they stand.
const SEED = Number(process.env.CHAOS_SEED ?? Date.now() % 2 ** 31);
const random = randomNumbers(SEED);
const RANDOM_TOPICS = LONG ? 2000 : 60;
/** So many of one connection; the channel leaves before the next ones. */
const AT_A_TIME = 50;

const hostile: readonly string[] = [
  ...['room:*', 'room:>', 'room:.', 'room:a.b.>', 'room: ', 'room: a b', 'room:\t', 'room:\r\nPUB rt1.test.hb.x 2\r\n{}\r\n', 'room:\0'],
  ...['room:=', 'room:=~', 'room:==2A', 'room:=2a', 'room:ä', 'room:\u202e', 'room:😀', 'room:$SYS.>', 'room:_INBOX.>'],
  ...[
    `room:${'x'.repeat(155)}`,
    `room:${'x'.repeat(156)}`,
    `room:${'*'.repeat(4000)}`,
    `room:${'ä'.repeat(4091)}`,
    `room:${'.'.repeat(4091)}`,
  ],
];
const tooLong = `room:${'x'.repeat(5000)}`;
const illFormed: readonly string[] = ['room:\ud800', 'room:\udc00a', `room:${'x'.repeat(60)}\ud83d`];

/** Of characters that mean something to somebody. */
function randomTopic(): string {
  const characters = ['.', '*', '>', ' ', '\r', '\n', '\0', '=', '~', ':', '$', '/', 'a', 'Z', '0', 'ä', '€', '😀', '\u007f', '\u00a0'];
  return `room:${Array.from({ length: random(random(3) === 0 ? 400 : 12) }, () => characters[random(characters.length)]).join('')}${random(1e9)}`;
}

let lab: Lab;
let plain: [RawClient, RawClient];

beforeAll(async () => {
  lab = await Lab.start({ schedulers: { a: 0, b: 1 } });
  plain = [await lab.node('a').client('room:plain'), await lab.node('b').client('room:plain')];
}, 300_000);

afterAll(() => lab.close());

/** What is said on these topics on one node is heard on the other, and on its own topic only. */
async function carries(topics: readonly string[]): Promise<void> {
  const [from, to] = [await lab.node('a').client('room:from'), await lab.node('b').client('room:to')];
  const joined = new Map<string, string>();
  for (const topic of topics) {
    await to.join(topic);
    joined.set(topic, await from.join(topic));
  }
  for (const [topic, joinRef] of joined) await from.push(topic, 'shout', { topic }, joinRef);
  for (const topic of topics) await to.next((frame) => frame[2] === topic && frame[3] === 'shout');
  const shouts = to.frames.filter((frame) => frame[3] === 'shout');
  expect(shouts.map((frame) => frame[4])).toEqual(shouts.map((frame) => ({ topic: frame[2] })));
  expect(shouts).toHaveLength(topics.length);
  from.close();
  to.close();
  // One that says nothing for a minute is closed.
  for (const client of plain) await client.alive();
}

describe('a topic of a client', () => {
  it('may be any well-formed text of 4,096 characters, and is carried to other nodes', () => carries(hostile));

  it('is refused when it is longer', async () => {
    for (const name of lab.names) {
      const client = await lab.node(name).client('room:refused');
      await expect(client.join(tooLong)).rejects.toThrow('join refused');
      client.close();
    }
  });

  it.each(illFormed)('makes a frame that cannot be decoded when it is no text', async (topic) => {
    for (const name of lab.names) {
      const client = await lab.node(name).client('room:refused');
      client.send(JSON.stringify(['2', '2', topic, 'phx_join', {}]));
      expect(await client.closed()).toBe(1011);
    }
  });

  it(`of random characters is carried too, CHAOS_SEED=${SEED}`, { timeout: 20_000 + RANDOM_TOPICS * 100 }, async () => {
    for (let i = 0; i < RANDOM_TOPICS; i += AT_A_TIME)
      await carries(Array.from({ length: Math.min(AT_A_TIME, RANDOM_TOPICS - i) }, randomTopic));
    measured('topics', 'topics carried', hostile.length + RANDOM_TOPICS, '');
  });

  it('harms no connection and no other topic', async () => {
    await plain[0].push('room:plain', 'shout', { text: 'still here' });
    for (const client of plain) await client.next((frame) => frame[3] === 'shout' && frame[4].text === 'still here');
    let disconnects = 0;
    for (const { child, said } of [lab.node('a'), lab.node('b')].map((node) => ({ child: node.child, said: node.said('NODEDOWN') }))) {
      disconnects += child.output.split('the connection to NATS is lost').length - 1;
      expect(child.output).not.toMatch(/cluster: NATS: /);
      expect(said).toEqual([]);
    }
    expect(disconnects).toBe(0);
    measured('topics', 'connections lost', disconnects, '');
    expect(lab.nats.log).not.toMatch(/Parser|maximum control line|\[ERR\]/i);
    for (const client of plain) {
      const strange = client.frames.filter((frame) => frame[2] !== 'room:plain' && frame[2] !== 'phoenix');
      expect(strange).toEqual([]);
    }
  });
});
