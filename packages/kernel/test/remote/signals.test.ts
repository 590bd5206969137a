import { exit } from '@rekindle/kernel';
import { ops, type ProcessId } from '@rekindle/kernel/internal';
import { describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';

const world = useCluster(2);

describe('signals that a kernel does not know', () => {
  it('are counted and ignored', () => {
    const [here, there] = world.members as [Member, Member];
    here.kernel.receive(here.address(there.kernel.here), [9999, 1]);
    expect(here.kernel.unknownSignals).toBe(1);
  });

  it('for processes that are not there do nothing', () => {
    const [here, there] = world.members as [Member, Member];
    const from = here.address(there.kernel.here);
    const stranger = there.probe().pid as ProcessId;
    const pid = here.see(stranger);
    for (const signal of [
      [ops.MESSAGE, 77, 'x'],
      [ops.MESSAGE_NAME, 'nobody', 'x'],
      [ops.MESSAGE_ALIAS, 77, 'x'],
      [ops.EXIT, 77, pid, 'boom'],
      [ops.UNLINK, 77, pid, 1],
      [ops.UNLINK_ACK, 77, pid, 1],
      [ops.LINK_EXIT, 77, pid, 'boom'],
      [ops.DEMONITOR, 77],
      [ops.DOWN, 77, pid, 'boom'],
      [ops.FORGET_CALL, 77],
      [ops.IS_ALIVE, 77, 1],
      [ops.ALIVE, 77, true],
      [ops.REPLY, 77, 'x'],
      [ops.CALL_FAILED, 77, 'exit', 'boom'],
      [ops.CAST, 77, 'name', []],
      [ops.CAST_NAME, 'nobody', 'name', []],
      [ops.STARTED, 77, pid],
      [ops.START_IGNORED, 77, pid],
      [ops.START_FAILED, 77, pid, 'exit', 'boom', null],
      [ops.START_KILL, 77],
    ] as const) {
      here.kernel.receive(from, signal);
    }
    expect(here.remembers(there)).toBe(false);
    expect(here.kernel.unknownSignals).toBe(0);
  });
});

describe('signals to names', () => {
  it('reach the process that has the name', async () => {
    const [here, there] = world.members as [Member, Member];
    const named = here.probe({ name: 'named' });
    const from = here.address(there.kernel.here);
    here.kernel.receive(from, [ops.MESSAGE_NAME, 'named', 'hello']);
    here.kernel.receive(from, [ops.MONITOR_NAME, 'named', 5]);
    here.kernel.receive(from, [ops.MONITOR_NAME, 'nobody', 6]);
    here.kernel.receive(from, [ops.CALL_NAME, 'nobody', null, 7, 'x', []]);
    expect(await named.next()).toBe('hello');
    expect(here.remembers(there)).toBe(true);
    exit(named.pid, 'boom');
    await world.cluster.quiet();
    expect(here.remembers(there)).toBe(false);
    expect(world.cluster.sent(here, there)).toEqual([ops.DOWN, ops.CALL_FAILED, ops.DOWN]);
  });
});
