import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { PageApp, partsOf } from './page-app.js';

// The guide to property testing, followed: what it says is found is found, and gone when it says so.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const app = new PageApp('property-testing');
const parts = new Map(partsOf('guides/property-testing.md').map(({ heading, text }) => [heading, text]));

function part(heading: string): string {
  const text = parts.get(heading);
  if (text === undefined) throw new Error(`the guide has no part '${heading}'`);
  return text;
}

beforeAll(async () => {
  const [project] = partsOf('tutorial/chat.md');
  await app.follow(`${project?.text}\n${part('A server with a mistake')}`);
});
afterAll(() => app.remove());

/** Held twice, and given back. */
const MISTAKE =
  /with these steps:\n {2}1\. \{"call":"hold","args":\["(\w+)",\d\]\}\n {2}2\. \{"call":"hold","args":\["\1",\d\]\}\n {2}3\. \{"call":"giveBack","args":\["\1"\]\}\n/;

it('finds the mistake of the server, and again by the seed that the page names', async () => {
  expect(await app.test()).toMatch(MISTAKE);
  const [, seed, path] = /^FC_SEED=(-?\d+) FC_PATH=([\d:]+) npx vitest run$/m.exec(part('The same case again')) ?? [];
  expect(part('A server with a mistake')).toContain(`FC_SEED=${seed} FC_PATH=${path} repeats it.`);
  const again = await app.test({ FC_SEED: seed, FC_PATH: path });
  expect(again).toMatch(MISTAKE);
  expect(again).toContain('found after 1 runs');
});

it('finds what a channel leaves behind that is ended from outside, and nothing more once the seats look after it', async () => {
  await app.follow(`${part('The same case again')}\n${part('Channels')}`);
  const found = await app.test();
  // Which of them it is, chance says.
  const ended =
    '(?:\\{"join":"box_office","client":\\1\\}|\\{"crashChannel":"box_office","client":\\1\\}|\\{"cut":"connection","client":\\1\\})';
  expect(found).toMatch(new RegExp(`"count":\\d\\},"to":"box_office","client":(\\d)\\}\\n {2}2\\. ${ended}\\n`));
  expect(found).toMatch(/Tests .*1 failed.*1 passed.*\(2\)/);
  await app.follow(part("Nobody's last words"));
  expect(await app.test()).toMatch(/Tests .*2 passed.*\(2\)/);
});
