import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { CreatedApp } from './created-app.js';
import type { Member } from './member.js';

/**
 * Changes the room of a chat under `rekindle dev` so often, each time until a client has joined the changed one, and prints how long
 * that took. The file is afterwards as it was. The median in milliseconds.
 */
export async function timeReloads(app: CreatedApp, member: Member, count: number): Promise<number> {
  const room = `${app.folder}/src/room.ts`;
  const good = readFileSync(room, 'utf8');
  const times: number[] = [];
  for (let i = 1; i <= count; i++) {
    const joins = member.joins;
    const began = performance.now();
    writeFileSync(room, good.replace('#posted = 0', `#posted = ${i * 1000}`));
    await member.until(() => member.joins > joins);
    times.push(Math.round(performance.now() - began));
    expect(await member.push('new_msg', { body: 'After' })).toEqual({ id: i * 1000 + 1 });
  }
  const median = [...times].sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0;
  console.log(`From a change to clients that have joined again: median ${median} ms of ${count} changes (${times.join(', ')})`);
  return median;
}
