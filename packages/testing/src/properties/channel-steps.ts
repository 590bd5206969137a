import fc from 'fast-check';

/** One thing that happens to an application with channels. Clients are numbered from 0. */
export type ChannelStep =
  | { readonly join: string; readonly client: number }
  | { readonly leave: string; readonly client: number }
  | { readonly push: string; readonly payload: unknown; readonly to: string; readonly client: number }
  | { readonly crashChannel: string; readonly client: number }
  | { readonly cut: 'connection'; readonly client: number }
  | { readonly crash: string };

/** How often what happens, relative to one another; 0 for never. */
export interface Weights {
  readonly join: number;
  readonly leave: number;
  readonly push: number;
  readonly crashChannel: number;
  readonly cut: number;
  readonly crash: number;
}

/** What may happen to an application with channels. */
export interface ChannelStepsOptions {
  readonly topics: readonly string[];
  /** Default 2. */
  readonly clients?: number;
  /** The payloads that are sent, by event. */
  readonly push: { readonly [event: string]: fc.Arbitrary<unknown> };
  /** Names of processes that are crashed. */
  readonly crash?: readonly string[];
  readonly weights?: Partial<Weights>;
  /** Default 30. */
  readonly maxLength?: number;
}

const WEIGHTS: Weights = { join: 3, leave: 1, push: 8, crashChannel: 1, cut: 1, crash: 1 };

/** Lists of joins, leaves, pushes, crashes and lost connections, for a property of one's own. They shrink. */
export function channelSteps({
  topics,
  clients = 2,
  push,
  crash = [],
  weights,
  maxLength = 30,
}: ChannelStepsOptions): fc.Arbitrary<ChannelStep[]> {
  const weighed = { ...WEIGHTS, ...weights };
  const topic = fc.constantFrom(...topics);
  const client = fc.nat({ max: clients - 1 });
  const pushes = Object.entries(push).map(([event, payload]) => fc.record({ push: fc.constant(event), payload, to: topic, client }));
  const kinds: { weight: number; arbitrary: fc.Arbitrary<ChannelStep> }[] = [
    { weight: weighed.join, arbitrary: fc.record({ join: topic, client }) },
    { weight: weighed.leave, arbitrary: fc.record({ leave: topic, client }) },
    ...(pushes.length === 0 ? [] : [{ weight: weighed.push, arbitrary: fc.oneof(...pushes) }]),
    { weight: weighed.crashChannel, arbitrary: fc.record({ crashChannel: topic, client }) },
    { weight: weighed.cut, arbitrary: fc.record({ cut: fc.constant('connection' as const), client }) },
    ...(crash.length === 0 ? [] : [{ weight: weighed.crash, arbitrary: fc.record({ crash: fc.constantFrom(...crash) }) }]),
  ];
  return fc.array(fc.oneof(...kinds.filter(({ weight }) => weight > 0)), { maxLength, size: 'max' });
}
