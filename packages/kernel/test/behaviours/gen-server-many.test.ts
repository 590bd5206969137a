import { CallError, GenServer, type RequestId, sendRequest, waitResponse } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Echo extends GenServer {
  #gate: Promise<void> = new Promise((resolve) => (Echo.open = resolve));
  static open = (): void => {};
  say(what: string): string {
    return what;
  }
  async slow(what: string): Promise<string> {
    await this.#gate;
    return what;
  }
  fail(): void {
    throw new Error('failed');
  }
}

describe('multiCall', () => {
  it('answers who replied and who did not', async () => {
    await Echo.start(undefined, { name: 'echo' });
    const result = await Echo.multiCall(['local', 'elsewhere'], 'echo', 'say', ['hi']);
    expect(result).toEqual({ replies: [{ node: 'local', reply: 'hi' }], badNodes: ['elsewhere'] });
    expect(await Echo.multiCall(['local'], 'nobody', 'say', ['hi'])).toEqual({ replies: [], badNodes: ['local'] });
    expect(await Echo.multiCall(['local'], 'echo', 'fail', [])).toEqual({ replies: [], badNodes: ['local'] });
    expect(await Echo.multiCall([], 'echo', 'say', ['hi'])).toEqual({ replies: [], badNodes: [] });
  });

  it('gives up after its timeout', async () => {
    await Echo.start(undefined, { name: 'echo' });
    const result = Echo.multiCall(['local'], 'echo', 'slow', ['hi'], 50);
    await world.pass(50);
    expect(await result).toEqual({ replies: [], badNodes: ['local'] });
    expect(world.host.now()).toBe(50);
  });
});

describe('sendRequest and waitResponse', () => {
  it('wait for answers apart from the asking, again if need be', async () => {
    const echo = await Echo.start();
    const slow: RequestId<string> = sendRequest(echo, 'slow', 'later');
    const early = waitResponse(slow, 10);
    await world.pass(10);
    expect(await early).toBeUndefined();
    expect(await waitResponse(slow, 0)).toBeUndefined();
    const late = waitResponse(slow, 1000);
    Echo.open();
    expect(await late).toEqual({ ok: true, reply: 'later' });
    expect(await waitResponse(slow, 0)).toEqual({ ok: true, reply: 'later' });
    expect(world.kernel.timers.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });

  it('never reject', async () => {
    const echo = await Echo.start();
    const failed = await waitResponse(sendRequest(echo, 'fail'));
    expect(failed?.ok === false && CallError.is(failed.error, 'exit')).toBe(true);
    const gone = await waitResponse(sendRequest(Echo.at('nobody'), 'say', 'x'));
    expect(gone?.ok === false && CallError.is(gone.error, 'noproc')).toBe(true);
  });

  it('go on in the process that waits', async () => {
    const echo = await Echo.start();
    const prober = new Probe();
    const who = await prober.do(async (context) => {
      const response = await waitResponse(sendRequest(echo, 'say', 'x'), 100);
      return [response, context.self];
    });
    expect(who).toEqual([{ ok: true, reply: 'x' }, prober.pid]);
  });
});
