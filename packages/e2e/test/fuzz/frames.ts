import { type Dice, mutated } from './dice.js';

/** What a client might say: mostly understandable, so that it gets far. `id` marks topics and payloads as this client's own. */
export interface FuzzFrame {
  readonly binary: boolean;
  readonly bytes: Buffer;
}

// Events whose numbers may become anything are left out: `slow`, `push_many`, `broadcast_many` do what they are told.
const EVENTS = [
  'phx_join',
  'phx_join',
  'phx_leave',
  'phx_close',
  'phx_error',
  'phx_reply',
  'heartbeat',
  'presence_diff',
  'echo',
  'echo_error',
  'noop',
  'push_back',
  'reply_and_push',
  'new_msg',
  'msg_from',
  'intercept_me',
  'async_reply',
  'assign',
  'get_assign',
  'whoami',
  'relay',
  'subscribe',
  'unsubscribe',
  'boom',
  'boom_later',
  'stop',
  'stop_reply_error',
  'raw_exit',
  'binary_echo',
  'binary_broadcast',
  'binary_push',
  'make_binary',
  'update_meta',
  'untrack',
  'track_as',
  'list',
  'get_by_key',
  'disconnect',
  '__proto__',
  '',
] as const;

function topicOf(dice: Dice, id: string): string {
  if (dice.chance(0.05))
    return dice.pick(['phoenix', `exact${id}`, `room:*${id}`, '__proto__', '', `x${id}`, `room:${id}${'é'.repeat(200)}`]);
  const family = dice.pick(['room:', 'room:', 'presence:', 'room:private', 'room:crash', 'room:after', 'room:term']);
  return `${family}${id}-${dice.below(4)}`;
}

function ref(dice: Dice): unknown {
  if (dice.chance(0.9)) return String(dice.below(5));
  return dice.pick([null, 0, -1.5, 1e300, true, '', 'é', [1], { a: 1 }, 'x'.repeat(300)]);
}

function payloadOf(dice: Dice, id: string): unknown {
  const own = {
    id,
    topic: `room:${id}-${dice.below(4)}`,
    event: 'said',
    payload: { id },
    key: `key${id}`,
    meta: { id },
    value: id,
    hex: id,
  };
  if (dice.chance(0.85)) return own;
  return dice.pick([null, [], 'text', 17, {}, JSON.parse('{"__proto__":{"a":1}}'), { ...own, meta: null, topic: 5 }, [[own]]]);
}

/** Brackets that never end in anything: some parsers and printers recurse. */
function deep(dice: Dice): string {
  const depth = 1 + dice.below(20_000);
  const open = dice.pick(['[', '{"a":']);
  return open.repeat(depth) + (open === '[' ? '' : '1') + (open === '[' ? ']' : '}').repeat(depth);
}

function text(dice: Dice, id: string, version: string): string {
  const [joinRef, own, topic, event, payload] = [ref(dice), ref(dice), topicOf(dice, id), dice.pick(EVENTS), payloadOf(dice, id)];
  if (dice.chance(0.02)) {
    const parts = [joinRef, own, topic, event, payload].map((part) => JSON.stringify(part));
    parts[dice.below(5)] = deep(dice);
    return `[${parts}]`;
  }
  if (version.startsWith('1'))
    return JSON.stringify({ topic, event, payload, ref: own, ...(dice.chance(0.3) ? { join_ref: joinRef } : {}) });
  return JSON.stringify([joinRef, own, topic, event, payload]);
}

function binaryPush(dice: Dice, id: string): Buffer {
  const fields = [String(dice.below(5)), String(dice.below(5)), topicOf(dice, id), dice.pick(EVENTS)].map((field) =>
    Buffer.from(field).subarray(0, 255),
  );
  const data = Buffer.concat([Buffer.from(id), dice.bytes(dice.below(40))]);
  return Buffer.concat([Buffer.from([0, ...fields.map(({ length }) => length)]), ...fields, data]);
}

export function fuzzFrame(dice: Dice, id: string, version: string): FuzzFrame {
  const kind = dice.next();
  if (kind < 0.7) return { binary: false, bytes: Buffer.from(text(dice, id, version)) };
  if (kind < 0.97) return { binary: true, bytes: version.startsWith('1') ? Buffer.from(text(dice, id, version)) : binaryPush(dice, id) };
  if (kind < 0.98) return { binary: false, bytes: mutated(dice, Buffer.from(text(dice, id, version))) };
  if (kind < 0.997) return { binary: true, bytes: mutated(dice, binaryPush(dice, id)) };
  return { binary: dice.chance(0.5), bytes: dice.bytes(dice.below(200)) };
}
