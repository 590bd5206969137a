import { CallError, type From, GenServer, type Ref } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { useWorld } from '../support/world.js';

const world = useWorld();

abstract class Store<K, V> extends GenServer {
  protected readonly map = new Map<K, V>();
  get(key: K): V | undefined {
    return this.map.get(key);
  }
  put(key: K, value: V): void {
    this.map.set(key, value);
  }
  kind(): string {
    return 'store';
  }
}
class Scores extends Store<string, number> {
  field = 'field';
  readonly arrow = (): string => 'arrow';
  get accessor(): string {
    return 'accessor';
  }
  override kind(): string {
    return `scores, a ${super.kind()}`;
  }
  #secret(): string {
    return 'secret';
  }
  reveal(): string {
    return this.#secret();
  }
}

/** Calls by a name that the types would not allow. */
function callAny(ref: Ref<Scores>, name: string, ...args: unknown[]): Promise<unknown> {
  return (ref as unknown as { call(name: string, ...args: unknown[]): Promise<unknown> }).call(name, ...args);
}

describe('requests of a class', () => {
  it('are its methods and those it inherits', async () => {
    const scores = await Scores.start();
    await scores.call('put', 'ann', 7);
    expect(await scores.call('get', 'ann')).toBe(7);
    expect(await scores.call('kind')).toBe('scores, a store');
    expect(await scores.call('reveal')).toBe('secret');
  });

  it.each([
    'secret',
    '#secret',
    'field',
    'arrow',
    'accessor',
    'map',
    'constructor',
    'init',
    'handleCall',
    'handleCast',
    'handleInfo',
    'handleContinue',
    'terminate',
    'self',
    'signal',
    'from',
    'continue',
    'timeout',
    'trapExit',
    'send',
    'sendSelf',
    'sendAfter',
    'call',
    'cast',
    'startLink',
    'spawn',
    'spawnLink',
    'monitor',
    'link',
    'exit',
    'toString',
    'valueOf',
    'hasOwnProperty',
    '__proto__',
    '__defineGetter__',
    'isPrototypeOf',
    '',
  ])('do not include %o', async (name) => {
    const scores = await Scores.start();
    await expect(callAny(scores, name)).rejects.toMatchObject({ code: 'exit', reason: { bad_call: name } });
  });

  it('are given to handleCall when the class has no such method', async () => {
    class Catching extends GenServer {
      override handleCall(name: string, args: readonly unknown[], from: From<unknown>): unknown {
        if (name === 'later') {
          queueMicrotask(() => from.reply('later'));
          return this.hibernate();
        }
        return { name, args };
      }
    }
    const catching = (await Catching.start()) as unknown as Ref<Scores>;
    expect(await callAny(catching, 'anything', 1, 2)).toEqual({ name: 'anything', args: [1, 2] });
    expect(await callAny(catching, 'later')).toBe('later');
  });

  it('unknown to the class end it, as a missing clause does', async () => {
    const scores = await Scores.start();
    const end = world.ended(scores);
    await expect(callAny(scores, 'nothing')).rejects.toSatisfy((error) => CallError.is(error, 'exit'));
    expect(await end).toEqual({ bad_call: 'nothing' });
  });

  it('are the same for a class and its subclasses of the same name', async () => {
    const make = (answer: string) =>
      class Same extends GenServer {
        answer(): string {
          return answer;
        }
      };
    const [A, B] = [make('a'), make('b')];
    expect(await (await A.start()).call('answer')).toBe('a');
    expect(await (await B.start()).call('answer')).toBe('b');
  });
});

describe('casts', () => {
  it('run the method and drop what it returns', async () => {
    const scores = await Scores.start();
    scores.cast('put', 'ann', 1);
    scores.cast('get', 'ann');
    expect(await scores.call('get', 'ann')).toBe(1);
  });

  it('unknown to the class end it', async () => {
    const scores = await Scores.start();
    const end = world.ended(scores);
    (scores as unknown as Ref<{ nothing(): void }>).cast('nothing');
    expect(await end).toEqual({ bad_cast: 'nothing' });
  });

  it('are given to handleCast when the class has no such method', async () => {
    const seen: unknown[] = [];
    class Catching extends GenServer {
      override handleCast(name: string, args: readonly unknown[]): void {
        seen.push(name, ...args);
      }
    }
    const catching = (await Catching.start()) as unknown as Ref<{ nothing(n: number): void }>;
    catching.cast('nothing', 1);
    await world.quiet();
    expect(seen).toEqual(['nothing', 1]);
  });

  it('to a process that has ended or a name that nobody has do nothing', async () => {
    const scores = await Scores.start();
    await Scores.stop(scores);
    scores.cast('kind');
    Scores.at('nobody').cast('kind');
    await world.quiet();
  });

  it('have no caller to answer', async () => {
    class Asking extends GenServer {
      ask(): void {
        this.from();
      }
    }
    const asking = await Asking.start();
    const end = world.ended(asking);
    asking.cast('ask');
    expect(await end).toMatchObject({ name: 'MisuseError', code: 'badarg' });
  });
});
