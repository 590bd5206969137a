import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONG, measured, since } from '../support/form.js';
import { Lab } from '../support/lab.js';
import { SOON, type TestNode } from '../support/node.js';

// Names are given away by nodes, each by one of them (the arbiter), and remembered by all. What becomes of names when those who
// decide are gone: some of them, or everything between them. The parts build on one another.
const ROUNDS = LONG ? 5 : 1;
const NAMES = 12;

let lab: Lab;
let a: TestNode;
let b: TestNode;
const owned = new Map<string, string>();

interface Named {
  readonly code?: string;
  readonly holder: string;
  readonly answer?: string;
  readonly token?: number;
}

beforeAll(async () => {
  lab = await Lab.start({ schedulers: { a: 0, b: 0, c: 0 } });
  [a, b] = [lab.node('a'), lab.node('b')];
}, 300_000);

afterAll(() => lab.close());

/** Claims new names on a and b until each of them has been given so many; the longest that a claim took. */
async function claims(label: string, count: number): Promise<number> {
  let longest = 0;
  for (let i = 0; i < count; i++) {
    const node = i % 2 === 0 ? a : b;
    const name = `${label} ${i}`;
    const asked = performance.now();
    const answer = (await node.probe('startNamed', name)) as Named;
    longest = Math.max(longest, since(asked));
    expect(answer).toMatchObject({ holder: expect.stringMatching(new RegExp(`^#Pid<${node.name}\\.`)), token: expect.any(Number) });
    owned.set(name, answer.holder);
  }
  return longest;
}

async function allStillOwned(...nodes: TestNode[]): Promise<void> {
  for (const node of nodes) {
    const all = [...owned].map(([name, holder]) =>
      expect.poll(() => node.probe('named', name), SOON).toMatchObject({ holder, answer: holder }),
    );
    await Promise.all(all);
  }
}

describe('the node that decides', () => {
  it('is killed: claims wait until it is down, and every name that was given is kept', { timeout: 90_000 * ROUNDS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await claims(`before ${round}`, NAMES);
      await lab.kill('c');
      // A third of these was for c to decide.
      measured('arbiter', 'longest claim while a node that decides dies', await claims(`while ${round}`, NAMES), 's');
      await allStillOwned(a, b);
      const c = await lab.startNode('c');
      await lab.meet();
      await claims(`after ${round}`, NAMES);
      await allStillOwned(a, b, c);
    }
  });
});

describe('all NATS servers', () => {
  it('are lost with all that they know: owners keep their names, and more are given', { timeout: 90_000 * ROUNDS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await lab.nats.kill();
      // Until every node is alone.
      for (const node of lab.nodes.values()) await node.seesNodes();
      await lab.nats.restart();
      const back = performance.now();
      await lab.meet();
      await claims(`wiped ${round}`, NAMES);
      measured('wiped', 'all see each other and names are given', since(back), 's');
      await allStillOwned(...lab.nodes.values());
    }
  });
});
