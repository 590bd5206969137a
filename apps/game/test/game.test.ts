import { type Browser, type Child, launchBrowser, root, screenshot, startNode } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HEIGHT, WIDTH } from '../dist/world.js';

interface Place {
  readonly x: number;
  readonly y: number;
}
interface World {
  readonly you: string;
  readonly round: number;
  readonly tick: number;
  readonly players: readonly (Place & { readonly id: string; readonly name: string })[];
  readonly coins: readonly Place[];
  readonly scores: { readonly [name: string]: number };
}

let app: Child;
let browser: Browser;
let url: string;

beforeAll(async () => {
  app = await startNode(`${root}/apps/game/dist/main.js`, [], { env: { PORT: '0', COINS: '60' }, ready: /localhost:\d+/ });
  url = `http://127.0.0.1:${/localhost:(\d+)/.exec(app.output)?.[1]}`;
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  expect(await app?.kill()).toEqual({ code: 0, signal: null });
});

async function play(name: string): Promise<Page> {
  const page = await browser.context.newPage();
  await page.goto(`${url}/#${name}`);
  await page
    .getByRole('listitem')
    .getByText(new RegExp(`^${name}: \\d+`))
    .waitFor();
  return page;
}

/** What that window was told last. */
const worldOf = async (page: Page) => JSON.parse((await page.locator('canvas').getAttribute('data-world')) ?? '') as World;

/** The next world of that window of which this is so. */
async function until(page: Page, isSo: (world: World) => boolean): Promise<World> {
  for (;;) {
    const world = await worldOf(page);
    if (isSo(world)) return world;
    await page.waitForFunction(`JSON.parse(document.querySelector('canvas').dataset.world).tick !== ${world.tick}`);
  }
}

const named = ({ players }: World, name: string) => players.find((player) => player.name === name);

/** Each way to run, and when its wall is reached. */
const WAYS: readonly (readonly [key: string, there: (place: Place) => boolean])[] = [
  ['ArrowRight', ({ x }) => x === WIDTH],
  ['ArrowDown', ({ y }) => y === HEIGHT],
  ['ArrowLeft', ({ x }) => x === 0],
  ['ArrowUp', ({ y }) => y === 0],
];

/** Runs from wall to wall until that player has a coin. */
async function collect(page: Page, name: string): Promise<void> {
  const has = ({ scores }: World) => (scores[name] ?? 0) > 0;
  for (const [key, there] of WAYS) {
    await page.keyboard.down(key);
    await until(page, (world) => has(world) || there(named(world, name) ?? { x: -1, y: -1 }));
    await page.keyboard.up(key);
    if (has(await worldOf(page))) return;
  }
}

it('is played by two, and goes on with its scores after a crash', async () => {
  const ann = await play('Ann');
  const bob = await play('Bob');
  await collect(ann, 'Ann');
  const { scores } = await until(bob, (world) => (world.scores.Ann ?? 0) > 0);
  await until(bob, (world) => named(world, 'Ann') !== undefined && named(world, 'Bob') !== undefined);
  await screenshot(bob, 'game', 'game');

  await bob.getByRole('button', { name: 'Crash the game' }).click();
  for (const page of [ann, bob]) {
    const world = await until(page, ({ round, players }) => round === 2 && players.length === 2);
    expect(world.scores.Ann).toBeGreaterThanOrEqual(scores.Ann ?? 0);
    await page.getByText('Round 2').waitFor();
  }
  expect(app.output).toContain('somebody pressed "Crash the game"');

  // Who leaves is gone for the others.
  await ann.close();
  await until(bob, (world) => named(world, 'Ann') === undefined && named(world, 'Bob') !== undefined);
});

it('believes nobody who says where they are', async () => {
  const eve = await play('Eve');
  const answers = await eve.evaluate<{ reason: string }[]>(`(async () => {
    const { Socket } = await import('phoenix');
    const socket = new Socket('/socket', { params: { name: 'Eve' } });
    socket.connect();
    const channel = socket.channel('game', {});
    channel.join();
    const answer = (payload) => new Promise((resolve) => channel.push('steer', payload).receive('error', resolve).receive('ok', resolve));
    return [await answer({ to: 'nowhere' }), await answer({ x: 1, y: 1 })];
  })()`);
  expect(answers.map(({ reason }) => reason)).toEqual(['invalid payload', 'invalid payload']);
});
