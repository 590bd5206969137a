import type { Alias } from '@rekindle/kernel';
import { exit, type MonitorRef } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

function aliasOf(ref: MonitorRef): Alias {
  return (ref as MonitorRef & { alias: Alias }).alias;
}

describe('alias', () => {
  it('delivers to its process until it is switched off', async () => {
    const probe = new Probe();
    const alias = await probe.do((context) => context.alias());
    alias.send('one');
    alias.send('two');
    expect(alias.unalias()).toBe(true);
    alias.send('three');
    expect(alias.unalias()).toBe(false);
    expect(await probe.mail()).toEqual(['one', 'two']);
  });

  it.each(['explicitUnalias', 'demonitor', 'replyDemonitor'] as const)('of a monitor of oneself is none, with mode %s', async (mode) => {
    const probe = new Probe();
    const alias = aliasOf(await probe.do((context) => context.monitor(context.self, { alias: mode })));
    expect(alias.active).toBe(false);
    alias.send('one');
    expect(await probe.mail()).toEqual([]);
  });

  it('with mode reply ends with the first message through it', async () => {
    const probe = new Probe();
    const alias = await probe.do((context) => context.alias('reply'));
    alias.send('one');
    alias.send('two');
    expect(alias.active).toBe(false);
    expect(await probe.mail()).toEqual(['one']);
  });

  it('ends with its process', async () => {
    const probe = new Probe();
    const alias = await probe.do((context) => context.alias());
    exit(probe.pid, 'kill');
    await world.quiet();
    expect(alias.active).toBe(false);
    alias.send('late');
  });
});

describe('monitor with an alias', () => {
  it.each(['explicitUnalias', 'demonitor', 'replyDemonitor'] as const)('delivers through it (%s)', async (mode) => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid, { alias: mode }));
    aliasOf(ref).send('hello');
    expect(await watcher.mail()).toEqual(['hello']);
  });

  it.each([
    ['explicitUnalias', true],
    ['demonitor', false],
    ['replyDemonitor', false],
  ] as const)('after demonitor an alias of mode %s is active: %s', async (mode, active) => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid, { alias: mode }));
    await watcher.do((context) => context.demonitor(ref));
    expect(aliasOf(ref).active).toBe(active);
  });

  it.each([
    ['explicitUnalias', true],
    ['demonitor', false],
    ['replyDemonitor', false],
  ] as const)('after the DOWN an alias of mode %s is active: %s', async (mode, active) => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid, { alias: mode }));
    exit(target.pid, 'boom');
    await world.quiet();
    expect(aliasOf(ref).active).toBe(active);
  });

  it('of mode replyDemonitor takes the monitor back with the first reply', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid, { alias: 'replyDemonitor' }));
    aliasOf(ref).send('reply');
    exit(target.pid, 'boom');
    await world.quiet();
    expect(await watcher.mail()).toEqual(['reply']);
  });

  it('of the other modes keeps the monitor after a reply', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    const ref = await watcher.do((context) => context.monitor(target.pid, { alias: 'demonitor' }));
    aliasOf(ref).send('reply');
    exit(target.pid, 'boom');
    await world.quiet();
    expect(await watcher.mail()).toEqual(['reply', expect.objectContaining({ type: 'DOWN', ref })]);
  });

  it('of a process that is gone is over at once', async () => {
    const [watcher, target] = [new Probe(), new Probe()];
    exit(target.pid, 'kill');
    const ref = await watcher.do((context) => context.monitor(target.pid, { alias: 'demonitor' }));
    expect(aliasOf(ref).active).toBe(false);
  });
});
