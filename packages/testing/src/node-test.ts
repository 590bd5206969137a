import { afterEach, beforeEach } from 'node:test';
import { beginTest, endTest } from './world.js';

// Importing this gives every test of the file a world of its own.

beforeEach(beginTest);
afterEach(endTest);

export * from './index.js';
