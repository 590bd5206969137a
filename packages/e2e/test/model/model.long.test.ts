import { testModel } from './model-test.js';

testModel(1000, 1_800_000);
