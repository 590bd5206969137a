// What every build of the official client is led through. Runs in Node and, as text, in a browser: it may name nothing outside of `tour`.

/** As much of a client as all builds since 1.2 have in common. */
export interface AnyPhoenix {
  readonly Socket: new (url: string, options: object) => AnySocket;
  readonly LongPoll: unknown;
  /** Functions until 1.3, then a class; not in ports of the first versions. */
  readonly Presence?: {
    new (channel: AnyChannel): AnyPresence;
    readonly prototype?: Partial<AnyPresence>;
    syncState(state: object, newState: object): object | undefined;
    syncDiff(state: object, diff: object): object | undefined;
    list(state: object): unknown[];
  };
}

export interface AnySocket {
  connect(): void;
  disconnect(): void;
  onOpen(callback: () => void): void;
  onError(callback: () => void): void;
  onClose(callback: () => void): void;
  channel(topic: string, params?: object): AnyChannel;
}

export interface AnyChannel {
  join(): AnyPush;
  leave(): AnyPush;
  push(event: string, payload: unknown): AnyPush;
  on(event: string, callback: (payload: never) => void): void;
  onError(callback: () => void): void;
  onClose(callback: () => void): void;
}

interface AnyPush {
  receive(status: string, callback: (response: unknown) => void): AnyPush;
}

interface AnyPresence {
  list(): unknown[];
  onSync(callback: () => void): void;
}

export interface TourOptions {
  /** Of the server, through a proxy whose connections `cut` ends: `127.0.0.1:4000`. */
  readonly host: string;
  readonly transport: 'websocket' | 'longpoll';
  /** Where the platform has none. */
  readonly WebSocket?: unknown;
  /** A client that does not tell anybody when long-polling is refused: as all until 1.4, with Phoenix, too. */
  readonly quietRefusal?: boolean;
  /** Part of every topic. */
  readonly run: string;
  /** The proxy ends all connections and takes no new ones, until it is mended: a browser repeats a poll by itself. */
  cut(): void | Promise<void>;
  mend(): void | Promise<void>;
}

/** What the client has seen; `TOUR` and, unless the refusal is quiet, `REJECTED` are what it should see. */
export async function tour(phoenix: AnyPhoenix, options: TourOptions): Promise<object> {
  const { host, run, transport } = options;
  const chosen = transport === 'longpoll' ? phoenix.LongPoll : (options.WebSocket ?? WebSocket);
  // Those of version 1 ask again at each interval, answered or not, and take a join that has come late for one that was replaced.
  const afterMs = (tries: number): number => (tries === 1 ? 50 : 2000);
  const settings = { transport: chosen, reconnectAfterMs: afterMs, rejoinAfterMs: afterMs, timeout: 8000 };
  const sockets: AnySocket[] = [];

  const within = <T>(what: string, promise: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${transport}: no ${what} within 10 s`)), 10_000);
      promise.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  const make = (user: string, params: object = {}): AnySocket => {
    const scheme = transport === 'longpoll' ? 'http' : 'ws';
    const socket = new phoenix.Socket(`${scheme}://${host}/socket`, { ...settings, params: { user_id: `${user}${run}`, ...params } });
    sockets.push(socket);
    return socket;
  };
  const open = (user: string): Promise<AnySocket> => {
    const socket = make(user);
    return within(
      'open socket',
      new Promise((resolve) => {
        socket.onOpen(() => resolve(socket));
        socket.connect();
      }),
    );
  };
  const answer = (push: AnyPush): Promise<[status: string, response: unknown]> =>
    within(
      'answer',
      new Promise((resolve) => {
        for (const status of ['ok', 'error', 'timeout']) push.receive(status, (response) => resolve([status, response]));
      }),
    );
  const next = (channel: AnyChannel, event: string): Promise<unknown> =>
    within(`event ${event}`, new Promise((resolve) => channel.on(event, resolve)));

  /** A presence list, kept up to date as each build does it. */
  const present = (Presence: NonNullable<AnyPhoenix['Presence']>, channel: AnyChannel): { until(count: number): Promise<number> } => {
    let count = (): number => 0;
    let changed = (): void => {};
    if (Presence.prototype?.onSync !== undefined) {
      const presence = new Presence(channel);
      count = () => presence.list().length;
      presence.onSync(() => changed());
    } else {
      let state: object = {}; // one port changes it in place
      count = () => Presence.list(state).length;
      channel.on('presence_state', (all: object) => {
        state = Presence.syncState(state, all) ?? state;
        changed();
      });
      channel.on('presence_diff', (diff: object) => {
        state = Presence.syncDiff(state, diff) ?? state;
        changed();
      });
    }
    const until = (wanted: number): Promise<number> =>
      within(
        `presence of ${wanted}`,
        new Promise((resolve) => {
          changed = () => count() === wanted && resolve(wanted);
          changed();
        }),
      );
    return { until };
  };

  const seen: { [what: string]: unknown } = {};
  try {
    const [ann, bob] = [await open('ann'), await open('bob')];
    const [hers, his] = [ann.channel(`room:tour${run}`, { a: 1 }), bob.channel(`room:tour${run}`)];
    seen.join = [await answer(hers.join()), await answer(his.join())];
    seen.reply = await answer(hers.push('echo', { text: 'é😀', list: [1, null, { a: true }] }));
    seen.errorReply = await answer(hers.push('echo_error', { why: 'no' }));
    seen.laterReply = await answer(hers.push('async_reply', { z: 1 }));
    const greeted = ann.channel(`room:reply${run}`, { q: 2 });
    seen.joinReply = ((await answer(greeted.join()))[1] as { params: unknown }).params;
    const closed = ann.channel(`room:private${run}`);
    seen.refusal = await answer(closed.join());
    closed.leave();

    const both = Promise.all([next(hers, 'new_msg'), next(his, 'new_msg')]);
    hers.push('new_msg', { hi: 1 });
    seen.broadcast = await both;
    let own = 0;
    hers.on('msg_from', () => own++);
    const other = next(his, 'msg_from');
    hers.push('msg_from', { hi: 2 });
    seen.broadcastFrom = [await other, (await answer(hers.push('echo', {})))[0], own];
    const pushed = next(hers, 'pushed');
    hers.push('push_back', { n: 3 });
    seen.push = await pushed;

    if (phoenix.Presence !== undefined) {
      const [herPresence, hisPresence] = [ann.channel(`presence:tour${run}`), bob.channel(`presence:tour${run}`)];
      const list = present(phoenix.Presence, herPresence);
      await answer(herPresence.join());
      const counts = [await list.until(1)];
      await answer(hisPresence.join());
      counts.push(await list.until(2));
      hisPresence.leave();
      counts.push(await list.until(1));
      seen.presence = counts;
    }

    // Each join, the first one and those after errors, asks for its own `after_join`.
    const crashing = ann.channel(`room:after${run}`);
    let errors = 0;
    crashing.onError(() => errors++);
    let entered = (): void => {};
    crashing.on('after_join', () => entered());
    const entry = (): Promise<void> =>
      within(
        'join',
        new Promise((resolve) => {
          entered = resolve;
        }),
      );
    const first = entry();
    crashing.join();
    await first;
    const rejoined = entry();
    crashing.push('boom', {});
    await rejoined;
    seen.crash = [errors, await answer(crashing.push('echo', { back: true })), await answer(hers.push('echo', { alive: true }))];

    const afterCut = entry();
    const lost = within('loss', new Promise<void>((resolve) => ann.onClose(resolve)));
    const opened = within('reconnect', new Promise<void>((resolve) => ann.onOpen(resolve)));
    await options.cut();
    await lost;
    await options.mend();
    await opened;
    await afterCut;
    seen.cut = await answer(crashing.push('echo', { again: true }));

    const left = within('close', new Promise<void>((resolve) => crashing.onClose(resolve)));
    seen.leave = (await answer(crashing.leave()))[0];
    await left;

    if (options.quietRefusal === true) return seen;
    const unwanted = make('eve', { reject: 'true' });
    seen.rejected = await within(
      'error',
      new Promise((resolve) => {
        unwanted.onOpen(() => resolve('open'));
        unwanted.onError(() => resolve('error'));
        unwanted.onClose(() => resolve('error'));
        unwanted.connect();
      }),
    );
    return seen;
  } finally {
    for (const socket of sockets) socket.disconnect();
  }
}

export const TOUR = {
  join: [
    ['ok', {}],
    ['ok', {}],
  ],
  reply: ['ok', { text: 'é😀', list: [1, null, { a: true }] }],
  errorReply: ['error', { why: 'no' }],
  laterReply: ['ok', { z: 1 }],
  joinReply: { q: 2 },
  refusal: ['error', { reason: 'unauthorized' }],
  broadcast: [{ hi: 1 }, { hi: 1 }],
  broadcastFrom: [{ hi: 2 }, 'ok', 0],
  push: { n: 3 },
  presence: [1, 2, 1],
  crash: [1, ['ok', { back: true }], ['ok', { alive: true }]],
  cut: ['ok', { again: true }],
  leave: 'ok',
};
export const REJECTED = { rejected: 'error' };
