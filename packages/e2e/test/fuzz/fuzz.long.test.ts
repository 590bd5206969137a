import { testFuzz } from './fuzz-test.js';

testFuzz(Number(process.env.FUZZ_INPUTS ?? 500_000), 3_600_000);
