import { Association, type AssociationCounts } from '../association/association.js';
import { HEADER_BYTES, HELLO, type Header, OPEN, RESET, writeHeader } from '../association/header.js';
import type { OwnTime } from '../own-time.js';
import type { Subjects } from '../subjects.js';
import type { Timing } from '../timing.js';
import type { ClusterTransport } from '../transport/transport.js';
import { encodeHello } from './beat.js';
import { confirmed, meet, type Pairing } from './pairing.js';
import { type DownReason, excuse, isOverdue, newPeer, type PeerState, type Sign, step } from './peer-state.js';

const HELLO_MS = 250;
const PING_MS = 250;
const PING_TIMEOUT_MS = 500;
/** To frames of an association that is over this node answers so often at most. */
const CORRECTION_MS = 100;

/** What a peer has in common with all others. */
export interface PeerSurroundings {
  readonly node: string;
  readonly incarnation: number;
  readonly transport: ClusterTransport;
  readonly subjects: Subjects;
  readonly timing: Timing;
  readonly time: OwnTime;
  readonly counts: AssociationCounts;
  /** A number that no association of this run has had. */
  freshNumber(): number;
  /** Runs `flush` at the end of the turn. */
  schedule(flush: () => void): void;
  readonly events: PeerEvents;
}

export interface PeerEvents {
  /** Before anything comes from it. */
  up(peer: Peer): void;
  suspect(peer: Peer, silentMs: number): void;
  /** After everything that came from it. `wasUp`: `up` was said before. */
  down(peer: Peer, reason: DownReason, wasUp: boolean): void;
  /** More waits for it than the way there takes, or no more. `down` ends it too. */
  crowded(peer: Peer, crowded: boolean): void;
  signal(peer: Peer, from: number, to: number, bytes: Buffer): void;
  threadEnded(peer: Peer, thread: number): void;
  bad(node: string): void;
}

/** One run of another node: acts on what `step` and `meet` decide. */
export class Peer {
  readonly node: string;
  readonly incarnation: number;
  readonly #around: PeerSurroundings;
  #state: PeerState;
  #pairing: Pairing | null = null;
  #association: Association | null = null;
  #frameHeard = false;
  #saidHelloAt = Number.NEGATIVE_INFINITY;
  #correctedAt = Number.NEGATIVE_INFINITY;
  #pingedAt = Number.NEGATIVE_INFINITY;
  #pinging = false;
  #hinted = false;

  constructor(node: string, incarnation: number, around: PeerSurroundings) {
    this.node = node;
    this.incarnation = incarnation;
    this.#around = around;
    this.#state = newPeer(around.time.now);
    this.#greet();
  }

  get state(): PeerState {
    return this.#state;
  }

  /** Where signals for it go; null when it cannot be reached. */
  get association(): Association | null {
    return this.#association;
  }

  get isUp(): boolean {
    return this.#state.phase === 'up' || this.#state.phase === 'suspect';
  }

  // ---------------------------------------------------------------- what happens to it

  sign(sign: Sign): void {
    const { now } = this.#around.time;
    const { state, decision } = step(this.#state, sign, now, this.#around.timing);
    const silentMs = now - this.#state.heardAt;
    this.#state = state;
    switch (decision.type) {
      case 'greet':
        this.#greet();
        break;
      case 'up':
        this.#around.events.up(this);
        this.#association?.open();
        break;
      case 'suspect':
        this.#around.events.suspect(this, silentMs);
        break;
      case 'down':
        this.#end();
        this.#around.events.down(this, decision.reason, decision.wasUp);
        break;
    }
  }

  tick(): void {
    const { time, timing, transport } = this.#around;
    if (!transport.connected) return;
    const { now } = time;
    if (this.#frameHeard) this.sign({ type: 'beat' });
    this.#frameHeard = false;
    this.sign({ type: 'tick' });
    if (this.#state.phase === 'greeting' && now - this.#saidHelloAt >= HELLO_MS) this.#sayHello();
    this.#association?.tick(now);
    if ((this.#hinted || isOverdue(this.#state, now, timing)) && now - this.#pingedAt >= PING_MS) void this.#ping();
  }

  /** NATS says that its connection has ended: it is asked now instead of when it is overdue, and what counts is the answer. */
  hint(): void {
    if (this.isUp) this.#hinted = true;
  }

  disconnected(): void {
    this.#association?.disconnected();
  }

  /** After `cutOffMs` without a connection. */
  reconnected(cutOffMs: number): void {
    this.#state = excuse(this.#state, cutOffMs);
    this.#association?.reconnected(this.#around.time.now);
    if (this.#state.phase === 'greeting') this.#sayHello();
  }

  async #ping(): Promise<void> {
    if (this.#pinging) return;
    const { transport, subjects, time } = this.#around;
    this.#pinging = true;
    this.#hinted = false;
    this.#pingedAt = time.now;
    const answer = await transport.request(subjects.ping(this.node, this.incarnation), Buffer.alloc(0), PING_TIMEOUT_MS);
    this.#pinging = false;
    // A connection that broke meanwhile says nothing about the other node's.
    if (!transport.connected) return;
    if (typeof answer !== 'string') this.sign({ type: 'pong' });
    else if (answer === 'no_responders') this.sign({ type: 'noResponders' });
  }

  // ---------------------------------------------------------------- association

  /** A HELLO of this run: it lives. */
  hello(header: Header): void {
    this.sign({ type: 'beat' });
    if (this.#pairing === null) return;
    const greeting = { own: header.sender, their: header.receiver, open: (header.flags & OPEN) !== 0 };
    const meeting = meet(this.#pairing, greeting, () => this.#around.freshNumber());
    if (meeting.restarted) {
      this.sign({ type: 'ended', reason: 'reset' });
      this.#revive(meeting.pairing);
    }
    this.#pairing = meeting.pairing;
    if (this.#association !== null) this.#association.their = meeting.pairing.their;
    if (meeting.answer) this.#sayHello();
    if (meeting.opened) this.sign({ type: 'opened' });
  }

  /** Any other frame. */
  frame(header: Header, body: Buffer): void {
    const pairing = this.#pairing;
    if (pairing === null || header.receiver !== pairing.own || header.sender !== pairing.their) {
      this.#correct(header);
      return;
    }
    if (header.kind === RESET) {
      this.sign({ type: 'ended', reason: 'reset' });
      this.sign({ type: 'beat' });
      return;
    }
    this.#frameHeard = true;
    if (!pairing.open) {
      this.#pairing = confirmed(pairing);
      this.sign({ type: 'opened' });
    }
    this.#association?.receive(header, body);
  }

  #greet(): void {
    if (this.#pairing === null) this.#begin({ own: this.#around.freshNumber(), their: 0, open: false });
    this.#sayHello();
  }

  /** It has begun anew, so it lives: from `down` to `greeting` with the numbers it has met us with. */
  #revive(pairing: Pairing): void {
    this.#begin(pairing);
    this.sign({ type: 'beat' });
  }

  #begin(pairing: Pairing): void {
    const { transport, timing, time, counts, events, subjects, node } = this.#around;
    this.#pairing = pairing;
    const subject = subjects.frames(this.node, this.incarnation, node);
    this.#association = new Association(
      pairing.own,
      {
        publish: (frame) => transport.publish(subject, frame),
        schedule: this.#around.schedule,
        entries: {
          signal: (from, to, bytes) => events.signal(this, from, to, bytes),
          threadEnded: (thread) => events.threadEnded(this, thread),
        },
        crowded: (crowded) => events.crowded(this, crowded),
        bad: () => events.bad(this.node),
        broken: (reason) => this.sign({ type: 'ended', reason }),
      },
      counts,
      { maxFrameBytes: transport.maxPayload, noProgressMs: timing.downAfterMs, connected: transport.connected, now: time.now },
    );
  }

  #end(): void {
    const pairing = this.#pairing;
    this.#association?.close();
    this.#association = null;
    this.#pairing = null;
    // It hears of it now, or with the next frame that it sends.
    if (pairing !== null && pairing.their !== 0) this.#control(RESET, 0, pairing.their, pairing.own);
  }

  /** It uses numbers of an association that is over, or has not heard of this one. */
  #correct(header: Header): void {
    const { now } = this.#around.time;
    if (header.kind === RESET || now - this.#correctedAt < CORRECTION_MS) return;
    this.#correctedAt = now;
    if (this.#pairing === null) this.#control(RESET, 0, header.sender, header.receiver);
    else this.#sayHello();
  }

  #sayHello(): void {
    const pairing = this.#pairing as Pairing;
    this.#saidHelloAt = this.#around.time.now;
    this.#control(HELLO, pairing.open ? OPEN : 0, pairing.their, pairing.own);
  }

  #control(kind: number, flags: number, receiver: number, sender: number): void {
    const { transport, subjects, node, incarnation } = this.#around;
    const body = kind === HELLO ? encodeHello(incarnation) : Buffer.alloc(0);
    const frame = Buffer.allocUnsafeSlow(HEADER_BYTES + body.length);
    writeHeader(frame, { kind, flags, receiver, sender, seq: 0, ack: 0 });
    body.copy(frame, HEADER_BYTES);
    transport.publish(subjects.frames(this.node, this.incarnation, node), frame);
  }
}
