import type { StockChannel } from './stock.js';

/** What the server asks. */
interface Asked {
  readonly ref: string;
  readonly event: string;
  readonly payload: unknown;
}

/**
 * Answers what the server asks with `this.ask(...)`: one function per event, whose value, or promise, is the answer. One that
 * throws answers with an error, as does a question that has no function. Call it once per channel.
 */
export function onAsk(channel: StockChannel, answers: { readonly [event: string]: (payload: never) => unknown }): void {
  const heard = async ({ ref, event, payload }: Asked): Promise<void> => {
    const answer = Object.hasOwn(answers, event) ? answers[event] : undefined;
    let said: object;
    try {
      if (answer === undefined) throw new Error(`nobody answers '${event}'`);
      said = { ref, status: 'ok', response: (await answer(payload as never)) ?? null };
    } catch (error) {
      said = { ref, status: 'error', response: { reason: error instanceof Error ? error.message : String(error) } };
    }
    channel.push('rekindle:answer', said);
  };
  // The stock client's types say less of a payload than is known.
  channel.on('rekindle:ask', heard as unknown as (payload?: never) => void);
}
