import { type ExitReason, GenServer, ignore, isAlive, type Ref, reply, sleep, stop } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

type How = 'stop' | 'error' | 'throwStop' | 'throwValue' | 'badReturn' | 'ignore' | 'exit';

/** Ends in every way, from every callback. */
class Ending extends GenServer<{ info: How; continue: How }> {
  readonly #log: string[];
  constructor() {
    super();
    this.#log = Ending.log;
  }
  static log: string[] = [];

  request(how: How): unknown {
    return this.#end(how);
  }
  async asyncRequest(how: How): Promise<unknown> {
    await sleep(1);
    return this.#end(how);
  }
  stopWith(reason: ExitReason, value: string) {
    return stop(reason, value);
  }
  throwReply(): never {
    throw reply('thrown reply');
  }
  goOn(how: How) {
    return this.continue(how);
  }
  override handleInfo(how: unknown): void {
    return this.#end(how as How) as undefined;
  }
  override handleContinue(how: How): void {
    return this.#end(how) as undefined;
  }
  override async terminate(reason: ExitReason): Promise<void> {
    await sleep(1);
    this.#log.push(`terminate ${reason instanceof Error ? reason.message : JSON.stringify(reason)}`);
  }
  #end(how: How): unknown {
    switch (how) {
      case 'stop':
        return stop('enough');
      case 'error':
        throw new Error('boom');
      case 'throwStop':
        throw stop('thrown stop');
      case 'throwValue':
        throw 42;
      case 'badReturn':
        return 42;
      case 'ignore':
        return ignore();
      default:
        return this.exit(this.self, 'own signal');
    }
  }
}

const REASONS: [How, unknown][] = [
  ['stop', 'enough'],
  ['error', expect.objectContaining({ message: 'boom' })],
  ['throwStop', 'thrown stop'],
  ['throwValue', { bad_return_value: 42 }],
  ['ignore', { bad_return_value: expect.objectContaining({ kind: 'ignore' }) }],
  ['exit', 'own signal'],
];

const WAYS: [string, (ref: Ref<Ending>, how: How) => unknown][] = [
  ['a call', (ref, how) => ref.call('request', how).catch(() => {})],
  ['an async call', (ref, how) => ref.call('asyncRequest', how).catch(() => {})],
  ['a cast', (ref, how) => ref.cast('request', how)],
  ['a message', (ref, how) => ref.send(how)],
  ['a continuation', (ref, how) => ref.cast('goOn', how)],
];

describe.each(WAYS)('a server that ends in %s', (_name, end) => {
  it.each(REASONS)('by %s', async (how, reason) => {
    Ending.log = [];
    const ref = await Ending.start();
    const ended = world.ended(ref);
    end(ref, how);
    await world.pass(10);
    expect(await ended).toEqual(reason);
    expect(Ending.log).toHaveLength(how === 'exit' ? 0 : 1);
  });
});

describe('a value returned where none is expected', () => {
  it.each(['a message', 'a continuation'])('ends the server: %s', async (where) => {
    const ref = await Ending.start();
    const ended = world.ended(ref);
    if (where === 'a message') ref.send('badReturn');
    else ref.cast('goOn', 'badReturn');
    await world.pass(10);
    expect(await ended).toEqual({ bad_return_value: 42 });
  });

  it('is the reply of a call', async () => {
    const ref = await Ending.start();
    expect(await ref.call('request', 'badReturn')).toBe(42);
  });
});

describe('stop from a call', () => {
  it('answers with the value after terminate, then ends', async () => {
    Ending.log = [];
    const ref = await Ending.start();
    const ended = world.ended(ref);
    const answer = ref.call('stopWith', { shutdown: 'done' }, 'bye').then((value) => [value, ...Ending.log]);
    await world.pass(10);
    expect(await answer).toEqual(['bye', 'terminate {"shutdown":"done"}']);
    expect(await ended).toEqual({ shutdown: 'done' });
  });

  it('without a value fails the call with the reason', async () => {
    const ref = await Ending.start();
    const failed = expect(ref.call('request', 'stop')).rejects.toMatchObject({ code: 'exit', reason: 'enough' });
    await world.pass(10);
    await failed;
  });

  it('fails the calls that wait, also those that come during terminate', async () => {
    const ref = await Ending.start();
    const first = expect(ref.call('stopWith', 'enough', 'bye')).resolves.toBe('bye');
    const second = expect(ref.call('request', 'badReturn')).rejects.toMatchObject({ code: 'exit', reason: 'enough' });
    await world.quiet();
    const third = expect(ref.call('request', 'badReturn')).rejects.toMatchObject({ code: 'exit', reason: 'enough' });
    await world.pass(10);
    await Promise.all([first, second, third]);
  });
});

describe('a thrown reply', () => {
  it('is the reply, as a returned one', async () => {
    const ref = await Ending.start();
    expect(await ref.call('throwReply')).toBe('thrown reply');
    expect(isAlive(ref)).toBe(true);
  });
});

describe('GenServer.stop', () => {
  it('ends the server with normal, runs terminate and resolves when it has ended', async () => {
    Ending.log = [];
    const ref = await Ending.start(undefined, { name: 'ending' });
    const ended = world.ended(ref);
    const stopped = GenServer.stop('ending').then(() => isAlive(ref));
    await world.pass(10);
    expect(await stopped).toBe(false);
    expect(await ended).toBe('normal');
    expect(Ending.log).toEqual(['terminate "normal"']);
  });

  it('waits its turn: requests before it are answered', async () => {
    const ref = await Ending.start();
    const before = ref.call('request', 'badReturn');
    const stopped = Ending.stop(ref);
    const after = expect(ref.call('request', 'badReturn')).rejects.toMatchObject({ code: 'exit', reason: 'normal' });
    expect(await before).toBe(42);
    await world.pass(10);
    await stopped;
    await after;
  });

  it('takes any reason, compared by value', async () => {
    const ref = await Ending.start();
    const stopped = Ending.stop(ref, { shutdown: { why: ['moved'] } });
    const ended = world.ended(ref);
    await world.pass(10);
    await stopped;
    expect(await ended).toEqual({ shutdown: { why: ['moved'] } });
  });

  it('rejects when the server ends for another reason', async () => {
    class Stubborn extends GenServer {
      override terminate(): void {
        throw new Error('not that way');
      }
    }
    const ref = await Stubborn.start();
    await expect(Stubborn.stop(ref)).rejects.toMatchObject({ code: 'exit', reason: { message: 'not that way' } });
  });

  it('rejects with noproc when nobody is there, and with timeout when it takes too long', async () => {
    await expect(GenServer.stop('nobody')).rejects.toMatchObject({ code: 'noproc' });
    class Slow extends GenServer {
      override terminate(): Promise<void> {
        return sleep(1000);
      }
    }
    const ref = await Slow.start();
    const failed = expect(Slow.stop(ref, 'normal', 10)).rejects.toMatchObject({ code: 'timeout' });
    await world.pass(10);
    await failed;
    expect(isAlive(ref)).toBe(true);
    await world.pass(1000);
    expect(isAlive(ref)).toBe(false);
    await expect(Slow.stop(ref)).rejects.toMatchObject({ code: 'noproc' });
  });

  it('leaves the running process known to its caller', async () => {
    const ref = await Ending.start();
    const probe = new Probe({ trapExit: true });
    const linked = probe.do(async () => {
      await GenServer.stop(ref);
      return Ending.startLink();
    });
    await world.pass(10);
    expect(isAlive(await linked)).toBe(true);
  });
});
