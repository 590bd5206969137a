import { AskError, broadcast, Channel, type ChannelOptions, disconnect, error } from 'rekindle';

/** Topics whose events are kept. The reply says with which parameters the channel was joined. */
export class MatchChannel extends Channel {
  static override readonly options: ChannelOptions = { recoverable: { maxMessages: 5000, maxAgeMs: 60_000 } };
  override join(topic: string, params: unknown) {
    return topic === 'match:secret' ? error({ reason: 'secret' }) : { params };
  }
  handleIn(): void {
    throw new Error('the channel crashes');
  }
}

/** The same, but little is kept. */
export class ShortChannel extends Channel {
  static override readonly options: ChannelOptions = { recoverable: { maxMessages: 3, maxAgeMs: 60_000 } };
  override join(): void {}
}

export class TickerChannel extends Channel {
  static override readonly options: ChannelOptions = { cached: true };
  override join() {
    return 'plain';
  }
}

/** Both: whoever comes back gets what was missed, whoever is new the last event. */
export class TableChannel extends Channel {
  static override readonly options: ChannelOptions = { cached: true, recoverable: { maxMessages: 100, maxAgeMs: 60_000 } };
  override join(): void {}
}

export class QuotesChannel extends Channel {
  static override readonly options: ChannelOptions = { conflate: { key: 'symbol', everyMs: 50 } };
  override join(): void {}
}

/** Asks its client what it is told to ask. */
export class AskingChannel extends Channel {
  override join(): void {}

  async handleIn(_event: string, payload: unknown): Promise<unknown> {
    const { ask, timeoutMs } = payload as { ask: string; timeoutMs?: number };
    try {
      return { said: await this.ask(ask, { text: 'Sure?' }, timeoutMs === undefined ? {} : { timeoutMs }) };
    } catch (thrown) {
      if (!(thrown instanceof AskError)) throw thrown;
      return error({ code: thrown.code, response: thrown.response });
    }
  }
}

export class WhoChannel extends Channel {
  override join(): void {}
  handleIn(): object {
    return { assigns: this.assigns };
  }
}

export class PlainChannel extends Channel {
  override join(): void {}
}

interface Publish {
  readonly topics: readonly string[];
  readonly first: number;
  readonly count: number;
}

/** Publishes numbers, and does what ends its thread. */
export class ControlChannel extends Channel {
  override join(): void {}

  handleIn(event: string, payload: unknown): unknown {
    if (event === 'die') process.exit(3);
    if (event === 'disconnect') {
      disconnect((payload as { id: string }).id);
      return {};
    }
    if (event === 'bytes') {
      broadcast((payload as { topic: string }).topic, 'bytes', new Uint8Array([1, 2]));
      return {};
    }
    if (event === 'quotes') {
      const { topic, first, count, size } = payload as { topic: string; first: number; count: number; size: number };
      const text = 'x'.repeat(size);
      for (let n = first; n < first + count; n++) broadcast(topic, 'quote', { symbol: `S${n % 3}`, n, text });
      return {};
    }
    const { topics, first, count } = payload as Publish;
    for (let n = first; n < first + count; n++) for (const topic of topics) broadcast(topic, 'number', { n });
    return {};
  }
}
