#!/usr/bin/env node
const OLDEST: readonly [major: number, minor: number] = [20, 19];

// Only then the rest: on an older Node it could not even be loaded.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) {
  const { main } = await import('./command.js');
  await main();
} else {
  console.error(`rekindle needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node}.`);
  process.exitCode = 1;
}
