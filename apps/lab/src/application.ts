import { Channel, contract, defineApplication, GenServer, type HandleIn, routes, Socket, type TypesOf } from 'rekindle';
import { z } from 'zod';

/** A counter under the root supervisor: what a channel asks, and what survives a crash of its thread. */
export class Counter extends GenServer {
  #count = 0;

  increment(): number {
    return ++this.#count;
  }

  explode(): never {
    throw new Error('the counter exploded');
  }
}

const Lab = contract({
  join: { params: z.object({ limit: z.int().max(10).optional() }) },
  in: {
    echo: { payload: z.object({ text: z.string() }), reply: z.object({ text: z.string() }) },
    increment: { payload: z.object({}), reply: z.object({ count: z.number() }) },
    where: { payload: z.object({}), reply: z.object({ thread: z.number(), pid: z.string() }) },
    crash: z.object({}),
    explode: z.object({}),
    block: z.object({}),
    exit: z.object({ code: z.int() }),
  },
  out: {},
});
interface Lab extends TypesOf<typeof Lab> {}

/** A channel that does all the bad things user code does. */
export class LabChannel extends Channel<Lab> {
  static contract = Lab;

  override join(): void {}

  static handleIn: HandleIn<LabChannel> = {
    echo: (payload) => payload,
    async increment() {
      return { count: await this.call(Counter.at('counter'), 'increment') };
    },
    where() {
      return { thread: this.self.thread, pid: String(this.self) };
    },
    crash() {
      throw new Error('the channel crashed');
    },
    explode() {
      this.cast(Counter.at('counter'), 'explode');
    },
    block() {
      for (;;);
    },
    exit({ code }) {
      process.exit(code);
    },
  };
}

export class LabSocket extends Socket {
  static channels = routes({ 'lab:*': LabChannel });

  override connect() {
    return {};
  }
}

export default defineApplication({
  children: [{ start: Counter, name: 'counter' }],
  endpoint: { sockets: { '/socket': { handler: LabSocket, longpoll: true, maxFrameBytes: 10_000 } } },
});
