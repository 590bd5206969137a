import { Codec, Kernel, type Signal } from '@rekindle/kernel/internal';
import { connectThreads, Lane, type LaneEvents, Lanes, OwnBell, ThreadCarrier } from '@rekindle/threads/internal';
import { describe, expect, it } from 'vitest';

/** Two carriers of one node, as on two threads, and the lane between them when it is wanted. */
function pair() {
  const [here, there] = [1, 2].map((thread) => new Kernel({ node: 'n', incarnation: 1, thread })) as [Kernel, Kernel];
  const [from, to] = [here, there].map((kernel) => new ThreadCarrier(kernel, new Codec(kernel))) as [ThreadCarrier, ThreadCarrier];
  const got: Signal[] = [];
  there.receive = (_from, signal) => void got.push(signal);
  const bells = [new OwnBell(), new OwnBell()] as const;
  const { atA, atB } = connectThreads({ thread: 1, bell: bells[0].memory }, { thread: 2, bell: bells[1].memory });
  const lanes = [
    new Lanes(
      bells[0],
      () => from.lanes(),
      () => false,
    ),
    new Lanes(
      bells[1],
      () => to.lanes(),
      () => false,
    ),
  ] as const;
  const events = (reader: Lanes): LaneEvents => ({ schedule: setImmediate, woken: () => reader.woken(), stuck: () => {} });
  const sender = there.address('n', 1, 1);
  const receive = to.receiver(sender);
  const arrived = new Promise<void>((resolve) => {
    to.addLane(
      new Lane(atB, events(lanes[1]), (kind, bytes, start, end) => {
        expect(receive(kind, bytes, start, end)).toBe(true);
        if ((got.at(-1)?.[2] as string[] | undefined)?.[0] === 'last') resolve();
      }),
    );
    lanes[1].woken();
  });
  const address = here.address('n', 1, 2);
  const connect = (): void => from.addLane(new Lane(atA, events(lanes[0]), () => {}));
  return {
    from,
    address,
    got,
    arrived,
    connect,
    close: () => [from, to].map((carrier) => [1, 2].map((thread) => carrier.dropLane(thread))),
  };
}

describe('ThreadCarrier', () => {
  it('keeps signals to a thread whose lane is still to come, and sends them before all others', async () => {
    const { from, address, got, arrived, connect, close } = pair();
    from.send(address, [0, 7, ['first']]);
    from.send(address, [0, 7, { second: [new Map([[1, 2]])] }]);
    connect();
    from.send(address, [0, 7, ['last']]);
    await arrived;
    expect(got.map(([, , message]) => message)).toEqual([['first'], { second: [new Map([[1, 2]])] }, ['last']]);
    close();
  });

  it('forgets them when the thread is gone before its lane has come', async () => {
    const { from, address, got, arrived, connect, close } = pair();
    from.send(address, [0, 7, ['to nobody']]);
    from.dropLane(2);
    connect();
    from.send(address, [0, 7, ['last']]);
    await arrived;
    expect(got.map(([, , message]) => message)).toEqual([['last']]);
    close();
  });

  it('takes nothing along when a signal cannot be sent', async () => {
    const { from, address, got, arrived, connect, close } = pair();
    connect();
    from.send(address, [0, 7, ['before']]);
    expect(() => from.send(address, [0, 7, { a: { b: () => 1 } }])).toThrow(/a\.b/);
    from.send(address, [0, 7, ['last']]);
    await arrived;
    expect(got.map(([, , message]) => message)).toEqual([['before'], ['last']]);
    close();
  });
});
