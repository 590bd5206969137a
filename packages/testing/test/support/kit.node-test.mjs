import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GenServer } from '@rekindle/kernel';
import { startSupervised } from '@rekindle/testing/node-test';

class Counter extends GenServer {
  n = 0;
  add(n) {
    return (this.n += n);
  }
}

for (const name of ['first', 'second']) {
  test(name, async () => {
    assert.equal(Counter.whereis('counter'), undefined);
    const counter = await startSupervised({ start: Counter, name: 'counter' });
    assert.equal(await counter.call('add', 2), 2);
  });
}
