import { Codec } from '@rekindle/kernel/internal';
import type { Scheduler, ThreadCarrier } from '@rekindle/threads/internal';
import { Site, type Traffic } from './site.js';
import { threadHost } from './thread-clock.js';
import { FACT_FRAME, REQUEST_FRAME, type SiteAnswer, type SiteData, type SiteRequest } from './thread-sites.js';
import type { Fact } from './world.js';

/** The entry module of a scheduler thread: one site, told what to do by the gateway. */
export async function startScheduler(scheduler: Scheduler, { count, stamps }: SiteData): Promise<null> {
  const { kernel, gateway } = scheduler;
  const index = scheduler.thread - 1;
  const carrier = kernel.carrier as ThreadCarrier;
  const codec = new Codec(kernel);
  const stamp = new Int32Array(stamps);
  const zeros = (): number[] => new Array<number>(count).fill(0);
  const traffic: Traffic = { sent: zeros(), received: zeros(), signals: 0 };
  const { sent, received } = traffic;
  const counted = (counts: number[], thread: number): void => {
    const site = thread - 1;
    if (site >= 0) counts[site] = (counts[site] as number) + 1;
  };

  kernel.carrier = {
    send(to, signal) {
      carrier.send(to, signal);
      counted(sent, to.thread);
      traffic.signals++;
    },
  };
  const receive = kernel.receive.bind(kernel);
  kernel.receive = (from, signal) => {
    counted(received, from.thread);
    receive(from, signal);
  };
  const receiveMessage = kernel.receiveMessage.bind(kernel);
  kernel.receiveMessage = (from, serial, message) => {
    counted(received, from.thread);
    receiveMessage(from, serial, message);
  };

  const share = (fact: Fact): void => {
    for (let other = 0; other < count; other++) {
      if (other === index) continue;
      const lane = carrier.lane(other + 1);
      if (lane === undefined) throw new Error(`no lane to site ${other}`);
      lane.out.write(FACT_FRAME, codec.encode([index, fact]));
      lane.written();
      counted(sent, other + 1);
    }
  };
  const site = new Site({ kernel, index, count, stamp: () => Atomics.add(stamp, 0, 1), share }, threadHost(), traffic);

  scheduler.onFrame(FACT_FRAME, (_kind, payload) => {
    const [from, fact] = codec.decode(payload) as [number, Fact];
    counted(received, from + 1);
    site.world.learn(fact);
  });
  scheduler.onFrame(REQUEST_FRAME, (_kind, payload) => {
    const { id, name, args } = JSON.parse(payload.toString()) as SiteRequest;
    const answer = (answer: SiteAnswer): void => {
      gateway.out.write(REQUEST_FRAME, Buffer.from(JSON.stringify(answer)));
      gateway.written();
    };
    site.request(name, args).then(
      (value) => answer({ id, value }),
      (error: unknown) => answer({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  return null;
}
