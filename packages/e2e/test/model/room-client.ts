import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { CLIENTS, Seen, Topic, TopicStep } from './room-model.js';

const EVENTS = { join: 'phx_join', leave: 'phx_leave', echo: 'echo', shout: 'new_msg', whisper: 'msg_from', crash: 'boom', stop: 'stop' };
const LOST = 1006;

/** One of the model's clients, for real. The second one speaks version 1 of the protocol. */
export class RoomClient {
  readonly #port: number;
  readonly #run: string;
  readonly #index: (typeof CLIENTS)[number];
  #socket: WebSocket | null = null;
  #seen: Seen[] = [];
  #beats = 0;
  readonly #beaten = new Map<string, () => void>();
  readonly #waiting = new Set<() => void>();

  constructor(port: number, run: string, index: (typeof CLIENTS)[number]) {
    this.#port = port;
    this.#run = run;
    this.#index = index;
  }

  get #isV1(): boolean {
    return this.#index === 1;
  }

  #topic(topic: Topic): string {
    return `room:term-${this.#run}-${topic}`;
  }

  /** The name that the server ends the connection by. */
  get user(): string {
    return `user${this.#index}`;
  }

  async connect(): Promise<void> {
    // uWebSockets.js now and then loses a WebSocket while it opens: see docs/explanation/decisions.md.
    for (let attempt = 1; ; attempt++) {
      const vsn = this.#isV1 ? '1.0.0' : '2.0.0';
      const socket = new WebSocket(`ws://127.0.0.1:${this.#port}/socket/websocket?vsn=${vsn}&user_id=${this.user}`);
      this.#socket = socket;
      socket.on('message', (data) => this.#received(JSON.parse(String(data))));
      await once(socket, 'open');
      const closed = once(socket, 'close').then(([code]) => code as number);
      const outcome = await Promise.race([this.beat(), closed]);
      if (outcome !== LOST || attempt === 3) return;
    }
  }

  #received(frame: unknown): void {
    const [joinRef, ref, topic, event, payload] = Array.isArray(frame) ? frame : parts(frame as { [key: string]: unknown });
    if (topic === 'phoenix') {
      this.#beaten.get(ref as string)?.();
      this.#beaten.delete(ref as string);
      return;
    }
    const own = TOPICS_BY_END.get(String(topic).slice(-1)) as Topic;
    if (topic !== this.#topic(own)) throw new Error(`a frame of ${topic}`);
    this.#seen.push({ topic: own, event, joinRef: joinRef as string | null, ref: ref as string | null, payload });
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves when the server answers: it has handled everything that came before. */
  beat(): Promise<void> {
    const ref = `beat${++this.#beats}`;
    const answered = new Promise<void>((resolve) => this.#beaten.set(ref, resolve));
    this.#send(null, ref, 'phoenix', 'heartbeat', {});
    return answered;
  }

  #send(joinRef: string | null, ref: string, topic: string, event: string, payload: object): void {
    const frame = this.#isV1 ? { topic, event, payload, ref, join_ref: joinRef } : [joinRef, ref, topic, event, payload];
    this.#socket?.send(JSON.stringify(frame));
  }

  push({ kind, topic }: TopicStep, joinRef: string | undefined, ref: string): void {
    this.#send(kind === 'join' ? ref : (joinRef ?? null), ref, this.#topic(topic), EVENTS[kind], { step: ref });
  }

  cut(): void {
    this.#socket?.terminate();
    this.#socket = null;
  }

  /** The close code, when the server ends the connection. */
  async closed(): Promise<number> {
    const [code] = (await once(this.#socket as WebSocket, 'close')) as [number];
    this.#socket = null;
    return code;
  }

  /** Takes what has come since the last time, when it is this much or more. */
  async take(count: number): Promise<Seen[]> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.#seen.length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
    if (this.#socket !== null) await this.beat();
    return this.#seen.splice(0);
  }

  /** As the model would see it. */
  sees({ joinRef, ...rest }: Seen): object {
    return this.#isV1 ? rest : { joinRef, ...rest };
  }
}

const TOPICS_BY_END = new Map<string, Topic>([
  ['a', 'a'],
  ['b', 'b'],
]);

function parts({ topic, event, payload, ref }: { [key: string]: unknown }): unknown[] {
  return [null, ref, topic, event, payload];
}
