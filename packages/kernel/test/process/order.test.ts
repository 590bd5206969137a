import { exit, GenServer, spawn } from '@rekindle/kernel';
import { describe, expect, it } from 'vitest';
import { Probe } from '../support/probe.js';
import { useWorld } from '../support/world.js';

const world = useWorld();

describe('messages from one process to another', () => {
  it('arrive in the order sent', async () => {
    const receiver = new Probe();
    spawn((context) => {
      for (let i = 0; i < 1000; i++) context.send(receiver.pid, i);
    });
    await world.quiet();
    expect(await receiver.mail()).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  });

  it('arrive in order whether sent, cast or called', async () => {
    const log: string[] = [];
    class Recorder extends GenServer<{ info: string }> {
      note(what: string): void {
        log.push(what);
      }
      override handleInfo(message: string | object): void {
        log.push(String(message));
      }
    }
    const recorder = await Recorder.start();
    const done = new Promise<void>((resolve) => {
      spawn(async (context) => {
        context.send(recorder, 'sent 1');
        context.cast(recorder, 'note', 'cast 2');
        const reply = context.call(recorder, 'note', 'called 3');
        recorder.send('sent 4');
        recorder.cast('note', 'cast 5');
        await reply;
        resolve();
      });
    });
    await done;
    await world.quiet();
    expect(log).toEqual(['sent 1', 'cast 2', 'called 3', 'sent 4', 'cast 5']);
  });

  it('arrive before the DOWN and the EXIT of their sender', async () => {
    const receiver = new Probe({ trapExit: true });
    const sender = new Probe();
    await receiver.do((context) => {
      context.monitor(sender.pid);
      context.link(sender.pid);
    });
    sender.tell((context) => {
      for (let i = 0; i < 3; i++) context.send(receiver.pid, i);
      exit('done');
    });
    await world.ended(sender.pid);
    const mail = (await receiver.mail()).map((message) => (typeof message === 'number' ? message : (message as { type: string }).type));
    expect(mail.slice(0, 3)).toEqual([0, 1, 2]);
    expect(new Set(mail.slice(3))).toEqual(new Set(['EXIT', 'DOWN']));
  });

  it('of different kinds of value are what was sent', async () => {
    const receiver = new Probe();
    const object = { a: 1 };
    for (const message of [undefined, null, 0, '', false, object]) receiver.pid.send(message);
    const mail = await receiver.mail();
    expect(mail).toEqual([undefined, null, 0, '', false, object]);
    expect(mail[5]).toBe(object);
  });
});

describe('messages that a process sends itself', () => {
  it('are handled before other processes run, up to 64 in a row', async () => {
    const log: string[] = [];
    class Talker extends GenServer<{ info: number }> {
      override handleInfo(left: number | { type: string }): void {
        log.push('self');
        if (typeof left === 'number' && left > 0) this.sendSelf(left - 1);
      }
    }
    class Other extends GenServer<{ info: 'go' }> {
      override handleInfo(): void {
        log.push('other');
      }
    }
    for (const [messages, before] of [
      [10, 10],
      [100, 64],
    ] as const) {
      const [talker, other] = await Promise.all([Talker.start(), Other.start()]);
      log.length = 0;
      talker.send(messages - 1);
      other.send('go');
      await world.quiet();
      expect(log.indexOf('other')).toBe(before);
      expect(log).toHaveLength(messages + 1);
    }
  });
});

describe('trapped exits and DOWNs', () => {
  it('go to the end of the mailbox', async () => {
    const [watcher, target] = [new Probe({ trapExit: true }), new Probe()];
    await watcher.do((context) => {
      context.monitor(target.pid);
      context.link(target.pid);
    });
    watcher.pid.send('before');
    exit(target.pid, 'boom');
    watcher.pid.send('after');
    const mail = await watcher.mail();
    expect(mail[0]).toBe('before');
    expect(mail[3]).toBe('after');
  });
});
