import { setTimeout as wait } from 'node:timers/promises';
import { GenServer } from '@rekindle/kernel';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Probe } from './support/probe.js';
import { demo as bank } from './types/example-bank.test-d.js';
import { demo as counter } from './types/example-counter.test-d.js';
import { demo as door } from './types/example-door.test-d.js';
import { ask, picky, start } from './types/example-plain.test-d.js';
import { demo as tree } from './types/example-tree.test-d.js';

// The examples of the API note, on the real clock, inside a process that traps exits.

beforeEach(() => {
  installKernel(new Kernel());
});
afterEach(() => {
  installKernel(null);
});

describe('the examples', () => {
  it('counter', async () => {
    expect(await new Probe({ trapExit: true }).do(counter)).toBe(4);
  });

  it('bank', async () => {
    expect(await new Probe({ trapExit: true }).do(bank)).toEqual([30, 30, 30]);
  });

  it('door', async () => {
    expect(await new Probe({ trapExit: true }).do(door)).toEqual([false, 1, true, true, 1]);
  });

  it('tree', async () => {
    const probe = new Probe({ trapExit: true });
    expect(await probe.do(tree)).toBe(1);
    await probe.do((context) => context.exit(context.self, 'done'));
  });

  it('plain processes', async () => {
    const said: (number | string)[] = [];
    const answered = new Promise<void>((resolve) => {
      ask(start(), (what) => {
        said.push(what);
        resolve();
      });
    });
    await answered;
    const silent = new Probe();
    await new Promise<void>((resolve) => {
      ask(silent.pid, (what) => {
        said.push(what);
        resolve();
      });
    });
    expect(said).toEqual([1, 'no answer']);
    const from = new Probe();
    const pid = picky();
    pid.send({ type: 'stop' });
    pid.send({ type: 'ping', from: from.pid, n: 7 });
    expect(await from.next()).toEqual({ type: 'pong', n: 7 });
  });
});

describe('a program', () => {
  it('waits for a server without keeping the event loop alive afterwards', async () => {
    class Quick extends GenServer {
      ping(): string {
        return 'pong';
      }
    }
    const quick = await Quick.start();
    expect(await quick.call('ping')).toBe('pong');
    await wait(1);
  });
});
