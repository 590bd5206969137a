import { MisuseError } from '@rekindle/kernel';
import type { TopicPolicy } from '@rekindle/pubsub/internal';
import type { ChannelConstructor } from './socket.js';
import { checkTopicOptions, type TopicOptions, topicPolicy } from './topics/topic-options.js';

/** How a channel class is supervised: `static options: ChannelOptions = { shutdown: 10_000 }`. */
export interface ChannelOptions extends TopicOptions {
  /**
   * How long `terminate` may take when the supervisor stops the process, in milliseconds; `'brutalKill'` gives it no time.
   * Default 5,000. Channels are never restarted: the client joins again. Phoenix: `use Phoenix.Channel, shutdown: ...`.
   */
  readonly shutdown?: number | 'brutalKill' | 'infinity';
  /** A process with more messages than this waiting crashes with `{ mailbox_overflow }`. Default 10,000. */
  readonly maxMailbox?: number;
}

type Supervised = Required<Omit<ChannelOptions, keyof TopicOptions>>;
type Checked = Supervised & { readonly policy: TopicPolicy | null };

const DEFAULTS: Supervised = { shutdown: 5000, maxMailbox: 10_000 };

const known = new WeakMap<ChannelConstructor, Checked>();

/** A channel class's options, checked once. Throws `bad_option`. */
export function optionsOf(Class: ChannelConstructor): Checked {
  let options = known.get(Class);
  if (options === undefined) {
    options = checked(Class, { ...DEFAULTS, ...(Class as { readonly options?: ChannelOptions }).options });
    known.set(Class, options);
  }
  return options;
}

function checked(Class: ChannelConstructor, options: Supervised & TopicOptions): Checked {
  const { name } = Class;
  const { shutdown, maxMailbox, cached, recoverable, conflate, ...others } = options;
  if (shutdown !== 'brutalKill' && shutdown !== 'infinity' && !isCount(shutdown, 0)) {
    throw new MisuseError(
      'bad_option',
      `${name}.options.shutdown: expected milliseconds, 'brutalKill' or 'infinity', got ${String(shutdown)}`,
    );
  }
  if (!isCount(maxMailbox, 1)) {
    throw new MisuseError('bad_option', `${name}.options.maxMailbox: expected a whole number of at least 1, got ${String(maxMailbox)}`);
  }
  const [extra] = Object.keys(others);
  if (extra !== undefined)
    throw new MisuseError(
      'bad_option',
      `${name}.options: unknown key '${extra}', expected shutdown, maxMailbox, cached, recoverable, conflate`,
    );
  checkTopicOptions(Class, { cached, recoverable, conflate });
  return { shutdown, maxMailbox, policy: topicPolicy({ cached, recoverable, conflate }) };
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
