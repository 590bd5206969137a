import { type Pid, spawn } from '@rekindle/kernel';

type Ping = { type: 'ping'; from: Pid<Pong>; n: number };
type Stop = { type: 'stop' };
type Pong = { type: 'pong'; n: number };

export const start = (): Pid<Ping | Stop> =>
  spawn<Ping | Stop>(async ({ receive }) => {
    for (let m = await receive(); m.type === 'ping'; m = await receive()) m.from.send({ type: 'pong', n: m.n });
  });
export const ask = (to: Pid<Ping>, said: (what: number | string) => void): Pid<Pong> =>
  spawn<Pong>(function* (context) {
    to.send({ type: 'ping', from: context.self, n: 1 });
    const pong = yield* context.after(100).receive();
    said(pong?.n ?? 'no answer');
  });
export const picky = (): Pid<Ping | Stop> =>
  spawn<Ping | Stop>(async (context) => {
    const { from, n } = await context.receive('ping');
    from.send({ type: 'pong', n });
    await context.receive((m): m is Ping => m.type === 'ping' && m.n > 10);
  });
