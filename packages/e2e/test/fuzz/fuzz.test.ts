import { testFuzz } from './fuzz-test.js';

testFuzz(25_000, 120_000);
