import { deepStrictEqual } from 'node:assert/strict';
import type { Adapter } from './adapter.js';
import type { Content } from './content.js';

/** One thing that an adapter has to do. */
export interface AdapterCase {
  readonly name: string;
  /** It makes sense for a node that is alone, too. */
  readonly alone?: boolean;
  /** `make` gives the adapter of a node of that name, not started; rejects if the adapter does something else. */
  run(make: (node: string) => Promise<Adapter>): Promise<void>;
}

const TIMEOUT_MS = 20_000;
let topics = 0;

/** A topic that no case has had. */
function freshTopic(): string {
  return `contract:${process.pid}:${++topics}`;
}

const event = (payload: string | Uint8Array): Content => ({ kind: 'event', event: 'said', payload });

/** One node, and what has arrived there. */
class Side {
  readonly arrived: [topic: string, content: Content][] = [];
  readonly adapter: Adapter;
  #look: () => void = () => {};

  private constructor(adapter: Adapter) {
    this.adapter = adapter;
  }

  static async start(adapter: Adapter): Promise<Side> {
    const side = new Side(adapter);
    await adapter.start((topic, content) => {
      side.arrived.push([topic, content]);
      side.#look();
    });
    return side;
  }

  of(topic: string): Content[] {
    return this.arrived.flatMap(([name, content]) => (name === topic ? [content] : []));
  }

  /** Resolves when so many messages have arrived on that topic. */
  async has(topic: string, count: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${this.of(topic).length} of ${count} messages arrived on '${topic.slice(0, 80)}' within ${TIMEOUT_MS} ms`)),
        TIMEOUT_MS,
      );
      this.#look = () => {
        if (this.of(topic).length < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.#look();
    });
  }
}

async function withSides(make: (node: string) => Promise<Adapter>, names: readonly string[], act: (...sides: Side[]) => Promise<void>) {
  const adapters = await Promise.all(names.map(make));
  try {
    await act(...(await Promise.all(adapters.map((adapter) => Side.start(adapter)))));
  } finally {
    await Promise.all(adapters.map((adapter) => adapter.stop()));
  }
}

/** After this everything that `from` has published before has arrived, or never will. */
async function settled(from: Side, to: Side): Promise<void> {
  const topic = freshTopic();
  await to.adapter.subscribe(topic);
  from.adapter.publish(topic, event('"end"'));
  await to.has(topic, 1);
}

/** Topics come from clients. */
const HOSTILE = [
  '',
  ' ',
  'a b',
  '*',
  '>',
  'a.*',
  'a.>',
  '.',
  '..',
  'a\r\nPING\r\n',
  '\0',
  '__proto__',
  'ä🙂',
  '=',
  '=20',
  'x'.repeat(4096),
  '[a-z]*',
  '$SYS.>',
];

/**
 * What every adapter does, whatever it publishes through. Independent of test runners:
 * `for (const { name, run } of adapterContract) it(name, () => run(make))`.
 */
export const adapterContract: readonly AdapterCase[] = [
  {
    name: 'hands over text, bytes and terms as they are, to nodes that have subscribed',
    run: (make) =>
      withSides(make, ['a', 'b'], async (a, b) => {
        const topic = freshTopic();
        await (b as Side).adapter.subscribe(topic);
        const contents: Content[] = [
          event('{"ä":"🙂"}'),
          event(''),
          event(Uint8Array.of(0, 255, 7)),
          { kind: 'term', term: { list: [1, 'x', null, { deep: true }] } },
        ];
        for (const content of contents) (a as Side).adapter.publish(topic, content);
        await (b as Side).has(topic, contents.length);
        deepStrictEqual((b as Side).of(topic), contents);
      }),
  },
  {
    name: 'gives a node nothing of its own back',
    alone: true,
    run: (make) =>
      withSides(make, ['a'], async (a) => {
        const topic = freshTopic();
        await (a as Side).adapter.subscribe(topic);
        for (let n = 0; n < 10; n++) (a as Side).adapter.publish(topic, event(String(n)));
        await (a as Side).adapter.subscribe(freshTopic());
        deepStrictEqual((a as Side).arrived, []);
      }),
  },
  {
    name: 'hands over what is published once `subscribe` has resolved, however soon',
    run: (make) =>
      withSides(make, ['a', 'b'], async (a, b) => {
        const names = Array.from({ length: 200 }, freshTopic);
        await Promise.all(
          names.map(async (topic) => {
            await (b as Side).adapter.subscribe(topic);
            (a as Side).adapter.publish(topic, event('1'));
          }),
        );
        for (const topic of names) await (b as Side).has(topic, 1);
        deepStrictEqual(
          names.map((topic) => (b as Side).of(topic).length),
          names.map(() => 1),
        );
      }),
  },
  {
    name: 'hands over nothing after `unsubscribe`, and everything again after another `subscribe`',
    run: (make) =>
      withSides(make, ['a', 'b'], async (a, b) => {
        const topic = freshTopic();
        const { adapter } = b as Side;
        await adapter.subscribe(topic);
        (a as Side).adapter.publish(topic, event('1'));
        await (b as Side).has(topic, 1);
        adapter.unsubscribe(topic);
        await adapter.subscribe(freshTopic());
        (a as Side).adapter.publish(topic, event('2'));
        await settled(a as Side, b as Side);
        await adapter.subscribe(topic);
        (a as Side).adapter.publish(topic, event('3'));
        await settled(a as Side, b as Side);
        deepStrictEqual((b as Side).of(topic), [event('1'), event('3')]);
      }),
  },
  {
    name: 'keeps the order of each publisher, over all topics, and doubles nothing',
    run: (make) =>
      withSides(make, ['a', 'b', 'c'], async (a, b, c) => {
        const names = [freshTopic(), freshTopic()];
        for (const topic of names) await (c as Side).adapter.subscribe(topic);
        const count = 1000;
        for (let n = 0; n < count; n++) {
          for (const [from, side] of [a, b].entries()) (side as Side).adapter.publish(names[n % 2] as string, event(`${from} ${n}`));
        }
        for (const topic of names) await (c as Side).has(topic, count);
        const payloads = (c as Side).arrived.map(([, content]) => (content as { payload: string }).payload.split(' '));
        for (const from of ['0', '1']) {
          deepStrictEqual(
            payloads.flatMap(([sender, n]) => (sender === from ? [Number(n)] : [])),
            Array.from({ length: count }, (_, n) => n),
          );
        }
      }),
  },
  {
    name: 'reaches all nodes that have subscribed, once',
    run: (make) =>
      withSides(make, ['a', 'b', 'c', 'd'], async (a, ...others) => {
        const topic = freshTopic();
        for (const { adapter } of others) await adapter.subscribe(topic);
        (a as Side).adapter.publish(topic, event('1'));
        for (const other of others) {
          await settled(a as Side, other);
          deepStrictEqual(other.of(topic), [event('1')]);
        }
      }),
  },
  {
    name: 'keeps topics apart, whatever they are called',
    run: (make) =>
      withSides(make, ['a', 'b'], async (a, b) => {
        for (const topic of HOSTILE) await (b as Side).adapter.subscribe(topic);
        for (const [n, topic] of HOSTILE.entries()) (a as Side).adapter.publish(topic, event(String(n)));
        for (const topic of HOSTILE) await (b as Side).has(topic, 1);
        await settled(a as Side, b as Side);
        deepStrictEqual(
          HOSTILE.map((topic) => (b as Side).of(topic)),
          HOSTILE.map((_, n) => [event(String(n))]),
        );
      }),
  },
  {
    name: 'hands over messages of megabytes',
    run: (make) =>
      withSides(make, ['a', 'b'], async (a, b) => {
        const topic = freshTopic();
        await (b as Side).adapter.subscribe(topic);
        const large = event(JSON.stringify('ä'.repeat(2_000_000)));
        (a as Side).adapter.publish(topic, large);
        (a as Side).adapter.publish(topic, event('"after"'));
        await (b as Side).has(topic, 2);
        deepStrictEqual((b as Side).of(topic), [large, event('"after"')]);
      }),
  },
];
