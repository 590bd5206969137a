import { randomUUID } from 'node:crypto';
import { fixtures } from './fixtures.js';
import { report } from './report.js';
import { settings } from './settings.js';

// Another service, which knows the live scores only by their URL and a key: it plays all matches, a minute each second.

const MINUTES = 90;
const QUIET = ['a throw-in', 'a corner', 'a free kick', 'a shot, wide', 'a save'] as const;

async function main(): Promise<void> {
  const { port, publishKey } = settings(process.env);
  const service = { url: process.env.URL ?? `http://127.0.0.1:${port}`, key: publishKey };
  const run = randomUUID();
  const goals = new Map(Array.from(fixtures.keys(), (match) => [match, { home: 0, away: 0 }]));
  for (let minute = 1; minute <= MINUTES; minute++) {
    for (const [match, score] of goals) {
      const side = Math.random() < 0.5 ? 'home' : 'away';
      const team = fixtures.get(match)?.[side] ?? '';
      const scored = Math.random() < 0.05;
      if (scored) score[side]++;
      const text = `${team}: ${scored ? 'GOAL!' : QUIET[Math.floor(Math.random() * QUIET.length)]}`;
      const changed = scored || minute === 1;
      await report(
        service,
        { match, line: { minute, text }, ...(changed ? { score: { ...score, minute } } : {}) },
        `${run}:${match}:${minute}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
