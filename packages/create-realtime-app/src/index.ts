#!/usr/bin/env node
const OLDEST: readonly [major: number, minor: number] = [20, 19];

// Only then the rest: on an older Node it could not even be loaded.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  const { main } = await import('./main.js');
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(`create-realtime-app needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node}.`);
  process.exitCode = 1;
}
