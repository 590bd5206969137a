import { connect, type Socket } from 'node:net';
import { Dice } from './dice.js';
import { fuzzFrame } from './frames.js';
import { fuzzRequest } from './requests.js';
import { closing, malformed, message, ServerFrames } from './wire.js';

/** Connections open at once. */
const LANES = 16;
/** A connection that does not end within this is a finding. */
const PATIENCE_MS = 15_000;

/** What every client puts into what it says, and nobody else ever does. */
const MARK = /f[0-9a-f]{16}z/g;

/** Sends random frames and requests; each connection is determined by the seed and its number. */
export class Fuzzer {
  /** What should not have happened. */
  readonly problems: string[] = [];
  readonly sent = { frames: 0, requests: 0, connections: 0, received: 0, survived: 0 };
  readonly #port: number;
  readonly #seed: number;
  readonly #marks = new Set<string>();
  #next = 0;

  constructor(port: number, seed: number) {
    this.#port = port;
    this.#seed = seed;
  }

  /** Resolves when about so many frames and requests have been sent, and all connections are gone. */
  async run(inputs: number): Promise<void> {
    const end = this.sent.frames + this.sent.requests + inputs;
    const lane = async (): Promise<void> => {
      while (this.sent.frames + this.sent.requests < end && this.problems.length === 0) await this.#connection(this.#next++);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async #connection(number: number): Promise<void> {
    const dice = new Dice(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
    this.sent.connections++;
    // From many addresses: one has no more than 28,000 ports, each of which rests for a minute after its use.
    const socket = connect({ port: this.#port, host: '127.0.0.1', localAddress: `127.0.0.${1 + (number % 200)}` });
    const ended = new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.problems.push(`connection ${number} did not end`);
        socket.destroy();
      }, PATIENCE_MS);
      socket
        .on('error', () => {})
        .once('close', () => {
          clearTimeout(timer);
          resolve();
        });
    });
    const id = `f${dice.hex(16)}z`;
    this.#marks.add(id);
    if (dice.chance(0.75)) this.#talk(dice, socket, id, number);
    else this.#request(dice, socket, id, number);
    await ended;
  }

  #check(received: Buffer, id: string, number: number): void {
    this.sent.received++;
    for (const [mark] of received.toString('latin1').matchAll(MARK)) {
      // A mark that was mutated on its way in is nobody's.
      if (mark !== id && this.#marks.has(mark)) this.problems.push(`connection ${number}, ${id}, was sent what belongs to ${mark}`);
    }
  }

  /** Requests on one connection, the last one possibly cut short. What comes back only has to be the client's own. */
  #request(dice: Dice, socket: Socket, id: string, number: number): void {
    const count = 1 + dice.below(3);
    this.sent.requests += count;
    for (let i = 0; i < count; i++) socket.write(fuzzRequest(dice, id));
    const patient = dice.chance(0.5);
    socket.on('data', (chunk) => {
      this.#check(chunk, id, number);
      if (patient) socket.destroy();
    });
    if (!patient) socket.end();
    else socket.write(`GET /_token/${id} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`, () => socket.end());
  }

  /** A WebSocket: frames, then its end in one of many ways. */
  #talk(dice: Dice, socket: Socket, id: string, number: number): void {
    const path = dice.chance(0.8) ? '/socket' : '/tiny';
    const version = dice.chance(0.75) ? '2.0.0' : '1.0.0';
    const head = ['host: localhost', 'upgrade: websocket', 'connection: Upgrade', 'sec-websocket-version: 13'];
    head.push('sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==');
    socket.write(`GET ${path}/websocket?vsn=${version}&user_id=${id} HTTP/1.1\r\n${head.join('\r\n')}\r\n\r\n`);
    const frames = new ServerFrames();
    const alive = `alive-${id}`;
    let open = false;
    socket.on('data', (chunk) => {
      let rest = chunk;
      if (!open) {
        const end = chunk.indexOf('\r\n\r\n');
        if (end < 0) return;
        open = true;
        rest = chunk.subarray(end + 4);
        this.#say(dice, socket, id, version, alive);
      }
      for (const { binary, payload } of frames.take(rest)) {
        this.#check(payload, id, number);
        if (!binary && payload.includes(alive)) {
          this.sent.survived++;
          if (dice.chance(0.5)) socket.destroy();
          else socket.end(closing(dice));
        }
      }
      if (frames.closed && !socket.writableEnded) socket.end(closing(dice));
    });
  }

  #say(dice: Dice, socket: Socket, id: string, version: string, alive: string): void {
    const count = 1 + dice.below(40);
    this.sent.frames += count;
    const said: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      const { binary, bytes } = fuzzFrame(dice, id, version);
      said.push(message(dice, binary, bytes));
    }
    socket.write(Buffer.concat(said));
    const end = dice.next();
    if (end < 0.2) {
      this.sent.frames++;
      socket.end(malformed(dice, fuzzFrame(dice, id, version).bytes));
    } else if (end < 0.35) socket.resetAndDestroy();
    else {
      // A client that has got through all of it is still served.
      const beat =
        version === '1.0.0' ? { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: alive } : [null, alive, 'phoenix', 'heartbeat', {}];
      socket.write(message(dice, false, Buffer.from(JSON.stringify(beat))));
    }
  }
}
