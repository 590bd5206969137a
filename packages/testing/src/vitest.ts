import { afterEach, beforeEach, onTestFailed } from 'vitest';
import { situation } from './situation.js';
import { beginTest, endTest, world } from './world.js';

// Importing this gives every test of the file a world of its own, and shows its processes when the test fails.

beforeEach(beginTest);
beforeEach(() => {
  onTestFailed(({ task }) => {
    const text = situation(world());
    const shown = task.result?.errors?.some(({ name }) => name === 'TestAssertionError') ?? false;
    if (text !== '' && !shown) console.error(text);
  });
});
afterEach(endTest);

export * from './index.js';
