import { LocalAdapter } from '@rekindle/pubsub';
import { adapterContract } from '@rekindle/pubsub/contract';
import { describe, it } from 'vitest';

describe('the adapter of a node that is alone', () => {
  for (const { name, run } of adapterContract.filter(({ alone }) => alone === true)) it(name, () => run(async () => new LocalAdapter()));
});
