import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestEndpoint } from '../endpoint/endpoint.js';
import { SlowClient } from '../endpoint/slow-client.js';
import { RawClient } from '../raw-client.js';
import { servers, startPush } from './endpoint.js';

const LIMIT = 2 ** 20;
const SIZE = 500;

describe.each(servers.filter(({ schedulers }) => schedulers === 1))(
  'a topic whose slow readers get the newest, $adapter, schedulers: $schedulers',
  (options) => {
    let server: TestEndpoint;
    let control: RawClient;
    let joinRef: string;
    beforeAll(async () => {
      server = await startPush(options, { endpoint: { limits: false, maxBufferedBytes: LIMIT } });
      control = await RawClient.connect(server.port);
      joinRef = await control.join('control');
    });
    afterAll(async () => {
      control.close();
      await server.stop();
    });

    it('what waits for them does not grow, and when they read they get the newest of each key', async () => {
      const fast = await RawClient.connect(server.port);
      await fast.join('quotes:all');
      const slow = await SlowClient.join(server.port, 'quotes:all');
      const quotes = () =>
        slow
          .frames()
          .map(({ payload }) => JSON.parse(payload.toString()) as [null, null, string, string, { symbol: string; n: number }])
          .filter(([, , , event]) => event === 'quote');
      let n = 0;
      let heard = 0;
      const publish = async (count: number): Promise<void> => {
        await control.push('control', 'quotes', { topic: 'quotes:all', first: n, count, size: SIZE }, joinRef);
        n += count;
        await fast.next(([, , , event, payload]) => event === 'quote' && payload.n === n - 1);
        heard += fast.frames.splice(0).filter(([, , , event]) => event === 'quote').length;
      };
      // Until the kernels' buffers are full, and then a few times the limit: at a pace at which nobody is cut off at once.
      const conflated = async (): Promise<boolean> => Number((await server.counters()).conflated) > 0;
      do for (let i = 0; i < 50; i++) await publish(10);
      while (!(await conflated()));
      for (let more = 0; more < (LIMIT / SIZE) * 3; more += 10) await publish(10);
      const published = n;
      expect(heard).toBe(published);
      expect(await server.counters()).toMatchObject({ slowReadersClosed: 0 });

      slow.socket.resume();
      const newest = () => new Map(quotes().map(([, , , , quote]) => [quote.symbol, quote.n]));
      const expected = [published - 1, published - 2, published - 3].toSorted((a, b) => a - b);
      const sees = () => [...newest().values()].toSorted((a, b) => a - b).join() === expected.join();
      while (!sees()) await once(slow.socket, 'data');
      const got = quotes().map(([, , , , quote]) => quote.n);
      expect(got).toEqual(got.toSorted((a, b) => a - b));
      expect(got.length).toBeLessThan(published - (LIMIT / SIZE) * 2);

      // Who keeps up gets everything again.
      while (!(await caughtUp())) await publish(1);
      async function caughtUp(): Promise<boolean> {
        const from = n;
        await publish(9);
        while (newest().get(`S${(n - 1) % 3}`) !== n - 1) await once(slow.socket, 'data');
        return quotes().filter(([, , , , quote]) => quote.n >= from).length === 9;
      }
      slow.socket.destroy();
      fast.close();
    }, 180_000);
  },
);
