import { addWatcher, condemn, deliver, type Launchable, launch, type Proc, Start, type Starter, Wait } from '@rekindle/kernel/internal';
import type { Payload } from '@rekindle/pubsub';
import type { JoinRequest } from './channel-behaviour.js';
import { optionsOf } from './channel-options.js';
import { ChannelState } from './channel-state.js';
import { Closed } from './envelopes.js';
import { SmallMap } from './small-map.js';
import type { ChannelConstructor } from './socket.js';
import type { SocketServer } from './socket-server.js';
import { type ChannelJoined, channelJoined } from './telemetry.js';
import { takeCursor } from './topics/recovery.js';
import type { Message } from './wire/index.js';

const CRASHED = '{"reason":"join crashed"}';

/** The channels of one connection by topic, and the one that is being joined. */
export class JoinedChannels extends SmallMap<ChannelState> {
  #joining: { state: ChannelState; replaces: ChannelState | undefined } | null = null;

  /** Ends the channel that the new one replaces, starts the new one and waits for its answer. */
  *start(
    socket: SocketServer,
    Class: ChannelConstructor,
    message: Message,
    topic: string,
    replaces: ChannelState | undefined,
  ): Generator<Wait, undefined, unknown> {
    if (replaces !== undefined) {
      replaces.ended = true;
      this.delete(topic);
      condemn(replaces.proc as Proc, 'shutdown');
    }
    const { maxMailbox, policy } = optionsOf(Class);
    const { params, kept } = takeCursor(message.payload, policy);
    const state = new ChannelState(socket, topic, message.joinRef, message.ref, maxMailbox, kept);
    const began = channelJoined.hasSubscribers ? performance.now() : 0;
    const wait = new Wait(socket.proc);
    this.#joining = { state, replaces };
    const starter = new JoinReport(this, state, wait);
    const request: JoinRequest = { state, params };
    const { kernel, host } = socket.runtime;
    const proc = launch(kernel, Class as unknown as Launchable, new Start(request, undefined, starter), host.channels, true);
    state.proc = proc; // before its first turn: the connection may be gone by then, and the channel has to hear of it
    host.adoptChannel(Class, proc.pid);
    addWatcher(proc, state);
    yield* wait.value();
    this.#joining = null;
    if (began > 0) reportJoin(began, socket, Class, topic, params, this.get(topic) === state ? 'ok' : 'error');
    return undefined;
  }

  /** The channel has let the client in; called by the channel process, so that nothing it sends comes before the answer. */
  joined(state: ChannelState, reply: Payload, intercepts: readonly string[]): void {
    state.joined(reply, intercepts);
    this.set(state.topic, state);
    this.#endReplaced();
  }

  refused(state: ChannelState, payload: Payload): void {
    state.ended = true;
    state.joinReply('error', payload);
    this.#endReplaced();
  }

  crashed(state: ChannelState): void {
    if (state.ended) return;
    this.refused(state, CRASHED);
  }

  #endReplaced(): void {
    this.#joining?.replaces?.tellEnd('phx_close');
  }

  /** The topic is not the channel's any more. */
  forget(state: ChannelState): void {
    if (this.get(state.topic) === state) this.delete(state.topic);
  }

  /** The channel process has ended; unless another one has taken the topic, its events stop. */
  ended(state: ChannelState): void {
    const { topic } = state;
    const successor = this.get(topic) ?? this.#joining?.state;
    if (successor === undefined || successor === state || successor.topic !== topic)
      state.socket.link.leave(state.socket.connection, topic);
  }

  /** The connection is gone: all stop with `{ shutdown: 'closed' }`, also the one that is being joined. */
  close(): void {
    const joining = this.#joining === null ? [] : [this.#joining.state];
    for (const state of [...this.values(), ...joining]) {
      state.ended = true;
      if (state.proc !== null) deliver(state.proc, new Closed());
    }
    this.clear();
  }
}

function reportJoin(
  began: number,
  socket: SocketServer,
  Class: ChannelConstructor,
  topic: string,
  params: unknown,
  result: 'ok' | 'error',
): void {
  channelJoined.publish({
    duration: performance.now() - began,
    params,
    topic,
    channel: Class.name,
    transport: socket.transport,
    serializer: socket.serializer.name,
    result,
  } satisfies ChannelJoined);
}

/** What becomes of a join. */
class JoinReport implements Starter {
  readonly #channels: JoinedChannels;
  readonly #state: ChannelState;
  readonly #wait: Wait;

  constructor(channels: JoinedChannels, state: ChannelState, wait: Wait) {
    this.#channels = channels;
    this.#state = state;
    this.#wait = wait;
  }

  started(): void {
    this.#wait.wake(undefined);
  }

  /** The channel has refused the client, and has said so. */
  ignored(): void {
    this.#wait.wake(undefined);
  }

  failed(): void {
    try {
      this.#channels.crashed(this.#state);
    } finally {
      this.#wait.wake(undefined); // also when a serializer cannot say it
    }
  }
}
