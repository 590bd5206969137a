import type { Names } from './names.js';

// What generators write. Each is a whole file that compiles, with its test, and says where to go on.

export const genServer = ({ pascal }: Names): string => `import { GenServer, register } from 'rekindle';

/** One process with a state of its own: its fields. A restart is a new instance. */
export class ${pascal} extends GenServer {
  #count = 0;

  /** A public method is a request, its value the reply: \`${pascal}.at('...').call('increment', 1)\`. */
  increment(by: number): number {
    this.#count += by;
    return this.#count;
  }

  value(): number {
    return this.#count;
  }
}

register(${pascal});
`;

export const genServerTest = ({
  pascal,
  kebab,
}: Names): string => `import { assertReport, startSupervised } from '@rekindle/testing/vitest';
import { exit } from 'rekindle';
import { expect, it } from 'vitest';
import { ${pascal} } from '../src/${kebab}.js';

it('counts', async () => {
  const ref = await startSupervised({ start: ${pascal}, name: '${kebab}' });
  expect(await ref.call('increment', 2)).toBe(2);
  expect(await ref.call('value')).toBe(2);
});

it('begins anew after a crash', async () => {
  const ref = await startSupervised({ start: ${pascal}, name: '${kebab}' });
  await ref.call('increment', 2);
  exit(ref, 'kill');
  await assertReport('supervisor', { context: 'child_terminated' });
  expect(await ${pascal}.at('${kebab}').call('value')).toBe(0);
});
`;

export const supervisor = ({ pascal }: Names): string => `import { register, Supervisor, supervise } from 'rekindle';

/** Starts its children in order, and again when they end. */
export class ${pascal}Supervisor extends Supervisor {
  override init() {
    return supervise({ strategy: 'oneForOne', maxRestarts: 3, maxSeconds: 5, children: [] });
  }
}

register(${pascal}Supervisor);
`;

export const supervisorTest = ({ pascal, kebab }: Names): string => `import { startSupervised } from '@rekindle/testing/vitest';
import { Supervisor } from 'rekindle';
import { expect, it } from 'vitest';
import { ${pascal}Supervisor } from '../src/${kebab}-supervisor.js';

it('starts its children', async () => {
  const supervisor = await startSupervised(${pascal}Supervisor);
  expect((await Supervisor.whichChildren(supervisor)).map(({ id }) => id)).toEqual([]);
});
`;

export const contract = ({ pascal }: Names): string => `import { contract, type TypesOf } from 'rekindle';
import { z } from 'zod';

/** What the topic takes and sends: checked at run time, and the types of both the server and the page. */
export const ${pascal}Contract = contract({
  join: { params: z.object({}), reply: z.object({ topic: z.string() }) },
  in: {
    shout: { payload: z.object({ text: z.string().min(1).max(500) }), reply: z.object({ length: z.number() }) },
  },
  out: {
    shout: z.object({ text: z.string() }),
  },
});
export interface ${pascal}Contract extends TypesOf<typeof ${pascal}Contract> {}
`;

export const contractTest = ({ pascal, kebab }: Names): string => `import { expect, it } from 'vitest';
import { ${pascal}Contract } from '../src/${kebab}-contract.js';

it('names its events', () => {
  const { declaration } = ${pascal}Contract;
  expect(Object.keys(declaration.in)).toEqual(['shout']);
  expect(Object.keys(declaration.out)).toEqual(['shout']);
});

it('has types for the page', () => {
  const sent: ${pascal}Contract['in']['shout']['sent'] = { text: 'hello' };
  expect(sent.text).toBe('hello');
});
`;

export const channel = ({ pascal, kebab, snake }: Names): string => `import { Channel, type HandleIn } from 'rekindle';
import { ${pascal}Contract } from './${kebab}-contract.js';

/** One client on one topic \`${snake}:...\`: a process of its own, which crashes alone. */
export class ${pascal}Channel extends Channel<${pascal}Contract> {
  static contract = ${pascal}Contract;

  override join(topic: string) {
    return { topic };
  }

  static handleIn: HandleIn<${pascal}Channel> = {
    shout({ text }) {
      this.broadcast('shout', { text });
      return { length: text.length };
    },
  };
}
`;

export const channelTest = ({
  pascal,
  kebab,
  snake,
}: Names): string => `import { assertPush, assertReply, connect, push, subscribeAndJoin } from '@rekindle/testing/vitest';
import { routes, Socket } from 'rekindle';
import { expect, it } from 'vitest';
import { ${pascal}Channel } from '../src/${kebab}-channel.js';

class TestSocket extends Socket {
  static channels = routes({ '${snake}:*': ${pascal}Channel });
  override connect() {
    return {};
  }
}

async function join() {
  return subscribeAndJoin(await connect(TestSocket), '${snake}:1', {});
}

it('answers a join', async () => {
  const { reply } = await join();
  expect(reply).toEqual({ topic: '${snake}:1' });
});

it('shouts to everybody', async () => {
  const [ann, bob] = [await join(), await join()];
  await assertReply(push(ann.channel, 'shout', { text: 'hey' }), 'ok', { length: 3 });
  await assertPush(bob.channel, 'shout', { text: 'hey' });
});

it('takes nothing that does not fit the contract', async () => {
  const { channel } = await join();
  await assertReply(push(channel, 'shout', { text: '' }), 'error');
});
`;

export const socket = ({ pascal }: Names): string => `import { routes, Socket } from 'rekindle';

/** One connection: says who it is, and which channel serves which topic. */
export class ${pascal}Socket extends Socket {
  static channels = routes({});

  override connect(_params: { readonly [key: string]: unknown }) {
    return {};
  }
}
`;

export const socketTest = ({ pascal, kebab }: Names): string => `import { connect } from '@rekindle/testing/vitest';
import { expect, it } from 'vitest';
import { ${pascal}Socket } from '../src/${kebab}-socket.js';

it('lets clients in', async () => {
  const socket = await connect(${pascal}Socket, { any: 'parameter' });
  expect(socket.closeCode).toBeUndefined();
});

it('serves no topic yet', async () => {
  const socket = await connect(${pascal}Socket);
  await expect(socket.joinAny('any:topic', {})).rejects.toMatchObject({ payload: { reason: 'unmatched topic' } });
});
`;

export const presence = ({ pascal }: Names): string => `import { Presence } from 'rekindle';

/**
 * Who is on a topic, on all nodes. In a channel's join: \`this.sendSelf({ type: 'afterJoin' })\`, and in its handleInfo:
 * \`${pascal}Presence.track(this, key, { since: Date.now() })\`, then \`this.push('presence_state', ${pascal}Presence.list(this))\`.
 */
export class ${pascal}Presence extends Presence {}
`;

export const presenceTest = ({ pascal, kebab }: Names): string => `import { connect, settled } from '@rekindle/testing/vitest';
import { Channel, routes, Socket } from 'rekindle';
import { expect, it } from 'vitest';
import { ${pascal}Presence } from '../src/${kebab}-presence.js';

class TrackedChannel extends Channel {
  override join(_topic: string, { name }: { readonly name: string }) {
    ${pascal}Presence.track(this, name, { here: true });
    return {};
  }
  here() {
    return Object.keys(${pascal}Presence.list(this));
  }
  handleIn() {
    return this.here();
  }
}
class TestSocket extends Socket {
  static channels = routes({ '${kebab}': TrackedChannel });
  override connect() {
    return {};
  }
}

it('knows who is there, until they are gone', async () => {
  const ann = await connect(TestSocket);
  const { channel } = await ann.joinAny('${kebab}', { name: 'ann' });
  const bob = await connect(TestSocket);
  await bob.joinAny('${kebab}', { name: 'bob' });
  const before = channel.pushAnything('who', {});
  await settled();
  expect(before.reply?.response).toEqual(['ann', 'bob']);
  bob.cut();
  await settled();
  const after = channel.pushAnything('who', {});
  await settled();
  expect(after.reply?.response).toEqual(['ann']);
});
`;
