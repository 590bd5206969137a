import { testModel } from './model-test.js';

testModel(25, 60_000);
