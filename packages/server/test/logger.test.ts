import { GenServer } from '@rekindle/kernel';
import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { describeCrash, describeSupervisorReport, redact } from '@rekindle/server/internal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

beforeEach(() => void installKernel(new Kernel()));
afterEach(() => void installKernel(null));

describe('redact', () => {
  it('hides what is called a secret, at any depth, and changes nothing else', () => {
    const value = {
      user: 'ann',
      password: 'p',
      nested: [{ authToken: 't', list: [1, 2] }, new Map([['api_key', 'k']])],
      headers: { Cookie: 'c', Authorization: 'a', accept: '*/*' },
    };
    expect(redact(value)).toEqual({
      user: 'ann',
      password: '[FILTERED]',
      nested: [{ authToken: '[FILTERED]', list: [1, 2] }, new Map([['api_key', '[FILTERED]']])],
      headers: { Cookie: '[FILTERED]', Authorization: '[FILTERED]', accept: '*/*' },
    });
    expect(value.password).toBe('p');
  });

  it('takes what refers to itself', () => {
    const loop: { self?: unknown; secret: string } = { secret: 's' };
    loop.self = loop;
    expect(JSON.stringify((redact(loop) as { secret: string }).secret)).toBe('"[FILTERED]"');
  });
});

class Server extends GenServer {}

describe('the logger', () => {
  it('prints a crash as Elixir prints the end of a GenServer, without secrets', async () => {
    const pid = await Server.start();
    const text = describeCrash({
      pid,
      behaviour: 'Server',
      name: 'server',
      reason: 'boom',
      ancestors: [pid],
      callers: [pid],
      mailboxLength: 2,
      links: [],
      trapExit: false,
      lastMessage: { type: 'call', name: 'login', args: [{ name: 'ann', password: 'p' }], from: pid },
      state: { token: 't', n: 1 },
    });
    expect(text).toBe(
      [
        `Server 'server' ${pid} crashed: boom`,
        `    Last message: call login({ name: 'ann', password: '[FILTERED]' }) from ${pid}`,
        "    State: { token: '[FILTERED]', n: 1 }",
        `    Ancestors: ${pid}`,
        `    Callers: ${pid}`,
        '    Messages lost: 2',
      ].join('\n'),
    );
  });

  it('prints a supervisor report with the child', async () => {
    const supervisor = await Server.start();
    const child = {
      id: 'w',
      pid: undefined,
      start: 'Worker',
      restart: 'transient',
      significant: false,
      shutdown: 5000,
      type: 'worker',
    } as const;
    expect(describeSupervisorReport({ supervisor, name: undefined, context: 'start_error', reason: { secret: 's' }, child })).toBe(
      [
        `supervisor ${supervisor}: start_error`,
        "    Reason: { secret: '[FILTERED]' }",
        '    Child: w (not running), Worker, worker, transient, shutdown 5000 ms',
      ].join('\n'),
    );
  });
});
