import type { Alias, AliasMode } from '@rekindle/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Member, useCluster } from '../support/cluster.js';
import type { Probe } from '../support/probe.js';

const world = useCluster(2);

interface Offer {
  readonly alias: Alias;
}

describe('an alias sent to another thread', () => {
  let here: Member;
  let there: Member;
  let owner: Probe;
  let sender: Probe;
  let sent: Alias;
  let received: Alias;

  beforeEach(() => {
    here = world.members[0] as Member;
    there = world.members[1] as Member;
    owner = here.probe();
    sender = there.probe();
  });

  async function offer(mode: Extract<AliasMode, 'explicitUnalias' | 'reply'>): Promise<void> {
    await owner.do((context) => {
      sent = context.alias(mode);
      here.see(sender.pid).send({ alias: sent });
    });
    ({ alias: received } = await sender.next<Offer>());
  }

  async function send(...messages: string[]): Promise<void> {
    await sender.do(() => {
      for (const message of messages) received.send(message);
    });
    await world.cluster.quiet();
  }

  it('reaches its process, in order with what is sent to the pid', async () => {
    await offer('explicitUnalias');
    await sender.do(() => {
      received.send('one');
      there.see(owner.pid).send('two');
      received.send('three');
    });
    await world.cluster.quiet();
    expect(await owner.mail()).toEqual(['one', 'two', 'three']);
  });

  it('reaches nobody once it is switched off', async () => {
    await offer('explicitUnalias');
    await send('before');
    expect(await owner.do(() => sent.unalias())).toBe(true);
    await send('after');
    expect(await owner.mail()).toEqual(['before']);
    expect(here.kernel.aliases.size).toBe(0);
  });

  it('takes one message if it is for a reply', async () => {
    await offer('reply');
    await send('first', 'second');
    expect(await owner.mail()).toEqual(['first']);
    expect(here.kernel.aliases.size).toBe(0);
  });

  it('ends with its monitor', async () => {
    const watched = here.probe();
    await owner.do((context) => {
      const ref = context.monitor(watched.pid, { alias: 'demonitor' }) as unknown as { alias: Alias };
      sent = ref.alias;
      here.see(sender.pid).send({ alias: sent });
    });
    ({ alias: received } = await sender.next<Offer>());
    await owner.do((context) => context.exit(watched.pid, 'kill'));
    await send('too late');
    expect(await owner.mail()).toMatchObject([{ type: 'DOWN', reason: 'killed' }]);
  });

  it('ends with its process, which is no error for the sender', async () => {
    await offer('explicitUnalias');
    owner.tell((context) => context.exit(owner.pid, 'kill'));
    await world.cluster.quiet();
    await send('to nobody');
    expect(here.kernel.aliases.size).toBe(0);
  });

  it('can be passed on, is itself again at home, and cannot be switched off from elsewhere', async () => {
    await offer('explicitUnalias');
    expect(await sender.do(() => received.unalias())).toBe(false);
    await sender.do(() => there.see(owner.pid).send({ alias: received }));
    await world.cluster.quiet();
    expect((await owner.next<Offer>()).alias).toBe(sent);
  });
});
