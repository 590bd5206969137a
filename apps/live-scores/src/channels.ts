import { Channel, type ChannelOptions, error, type HandleIn } from 'rekindle';
import { MatchContract, ScoreContract } from './contracts.js';
import { teamsOf } from './fixtures.js';

const unknown = error({ reason: 'no such match today' });

/** Who has just come sees the score at once. */
export class ScoreChannel extends Channel<ScoreContract> {
  static contract = ScoreContract;
  static handleIn: HandleIn<ScoreChannel> = {};
  static override readonly options: ChannelOptions = { cached: true };

  override join(topic: string) {
    return teamsOf(topic) ?? unknown;
  }
}

/** Who was away gets every line of the last ten minutes, in order. */
export class MatchChannel extends Channel<MatchContract> {
  static contract = MatchContract;
  static handleIn: HandleIn<MatchChannel> = {};
  static override readonly options: ChannelOptions = { recoverable: { maxMessages: 500, maxAgeMs: 600_000 } };

  override join(topic: string) {
    return teamsOf(topic) ?? unknown;
  }
}
