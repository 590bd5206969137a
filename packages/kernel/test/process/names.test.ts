import { exit, GenServer, Registry, registerProcess, send, spawn, unregisterName, whereis } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

class Idle extends GenServer {
  rest(): void {}
}

describe('registerProcess', () => {
  it('makes a process known by a name', async () => {
    const probe = new Probe();
    registerProcess('it', probe.pid);
    expect(whereis('it')).toBe(probe.pid);
    send('it', 'hello');
    expect(await probe.next()).toBe('hello');
  });

  it('gives a name once, and a process one name', () => {
    const [a, b] = [new Probe(), new Probe()];
    registerProcess('it', a.pid);
    expect(() => registerProcess('it', b.pid)).toThrow(/'it' is already registered/);
    expect(() => registerProcess('other', a.pid)).toThrow(/already registered as 'it'/);
    expect(whereis('other')).toBeUndefined();
  });

  it('refuses a process that has ended', async () => {
    const gone = spawn(() => {});
    await world.ended(gone);
    expect(() => registerProcess('it', gone)).toThrow(expect.objectContaining({ code: 'badarg' }));
    expect(whereis('it')).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['undefined', 'undefined'],
    ['256 characters', 'x'.repeat(256)],
    ['a number', 7],
  ])('refuses a bad name: %s', (_what, name) => {
    expect(() => registerProcess(name as string, new Probe().pid)).toThrow(expect.objectContaining({ code: 'bad_name' }));
  });

  it.each([
    ['a number', 7, '7'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['half a name', { name: 'it' }, 'an object with name'],
  ])('says what is no name to look for: %s', (_what, name, came) => {
    const refused = expect.objectContaining({
      code: 'bad_name',
      message: expect.stringMatching(new RegExp(`^expected a name.*got ${came}$`)),
    });
    expect(() => whereis(name as never)).toThrow(refused);
    expect(() => Idle.whereis(name as never)).toThrow(refused);
    expect(() => Idle.at(name as never).cast('rest')).toThrow(refused);
  });

  it('takes 255 characters, and names that objects have', () => {
    for (const name of ['x'.repeat(255), '__proto__', 'constructor', 'toString']) {
      expect(whereis(name)).toBeUndefined();
      const probe = new Probe();
      registerProcess(name, probe.pid);
      expect(whereis(name)).toBe(probe.pid);
    }
  });
});

describe('unregisterName', () => {
  it('frees the name and lets the process have another', () => {
    const probe = new Probe();
    registerProcess('it', probe.pid);
    unregisterName('it');
    expect(whereis('it')).toBeUndefined();
    registerProcess('other', probe.pid);
    expect(whereis('other')).toBe(probe.pid);
  });

  it('refuses a name that nobody has', () => {
    expect(() => unregisterName('nobody')).toThrow(expect.objectContaining({ code: 'badarg' }));
  });
});

describe('send', () => {
  it('to a name that nobody has throws badarg and names it', () => {
    expect(() => send('nobody', 1)).toThrow(/no process is registered as 'nobody'/);
  });

  it('to a process that has ended does nothing', async () => {
    const gone = spawn(() => {});
    await world.ended(gone);
    send(gone, 1);
    gone.send(1);
  });

  it('to a reference by name that nobody has does nothing', () => {
    send(Idle.at('nobody'), 1);
    Idle.at('nobody').send(1);
    Idle.at('nobody').cast('rest');
  });
});

describe('a name', () => {
  it('is free before anyone sees the DOWN or EXIT, whatever the process died of', async () => {
    const seen: unknown[] = [];
    const watcher = new Probe({ trapExit: true });
    for (const reason of ['kill', 'boom']) {
      const named = new Probe({ name: 'it' });
      await watcher.do((context) => {
        context.monitor(named.pid);
        context.link(named.pid);
      });
      exit(named.pid, reason);
      const look = (): boolean => seen.push(whereis('it')) > 0;
      await watcher.next(look);
      await watcher.next(look);
    }
    expect(seen).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('given up by its process stays with the one that has it now', async () => {
    const [a, b] = [new Probe({ name: 'it' }), new Probe()];
    unregisterName('it');
    registerProcess('it', b.pid);
    exit(a.pid, 'kill');
    await world.quiet();
    expect(whereis('it')).toBe(b.pid);
  });

  it('may be a key in a registry', async () => {
    const registry = new Registry();
    const ref = await Idle.start(undefined, { name: { via: registry, key: 'it' } });
    expect(registry.whereis('it')).toBe(ref);
    expect(whereis({ via: registry, key: 'it' })).toBe(ref);
    await expect(Idle.start(undefined, { name: { via: registry, key: 'it' } })).rejects.toMatchObject({
      code: 'already_started',
      pid: ref,
    });
    exit(ref, 'kill');
    await world.quiet();
    expect(registry.whereis('it')).toBeUndefined();
  });

  it('in a registry that its process gave up stays with the one that has it now', async () => {
    const registry = new Registry();
    const name = { via: registry, key: 'it' };
    const first = await Idle.start(undefined, { name });
    registry.unregister('it', first);
    const second = await Idle.start(undefined, { name });
    exit(first, 'kill');
    await world.quiet();
    expect(registry.whereis('it')).toBe(second);
  });

  it('is checked when a server is started with it', async () => {
    for (const name of ['', 'undefined', 'x'.repeat(256)]) {
      expect(() => Idle.start(undefined, { name })).toThrow(expect.objectContaining({ code: 'bad_name' }));
    }
    expect(world.alive).toBe(0);
  });
});
