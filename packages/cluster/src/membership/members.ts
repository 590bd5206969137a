import type { Host } from '@rekindle/kernel/internal';
import type { Association, AssociationCounts } from '../association/association.js';
import { HEADER_BYTES, HELLO, readHeader } from '../association/header.js';
import { isNodeName } from '../options.js';
import { OwnTime } from '../own-time.js';
import { lastToken, type Subjects } from '../subjects.js';
import type { Timing } from '../timing.js';
import type { ClusterTransport, Listening } from '../transport/transport.js';
import { type Beat, decodeBeat, decodeHello, encodeBeat } from './beat.js';
import { disconnected } from './disconnect-event.js';
import { Peer, type PeerEvents, type PeerSurroundings } from './peer.js';

/** Everything that has to be looked at from time to time is looked at so often. */
export const TICK_MS = 40;
/** A node that is gone is remembered for so long, so that nothing late revives it. */
const FORGET_MS = 600_000;

export interface MembersEvents extends PeerEvents {
  /** Another process has this node's name, and started later. */
  superseded(incarnation: number): void;
}

export interface MembersOptions {
  readonly host: Host;
  readonly node: string;
  readonly incarnation: number;
  readonly transport: ClusterTransport;
  readonly subjects: Subjects;
  readonly timing: Timing;
  readonly events: MembersEvents;
  schedule(flush: () => void): void;
}

/** The other nodes of the cluster: who is there, in which run, and how to reach them. Each node decides that for itself. */
export class Members {
  readonly time: OwnTime;
  readonly counts: AssociationCounts = { sent: 0, received: 0, resent: 0, duplicates: 0, gaps: 0, probes: 0 };
  readonly #options: MembersOptions;
  readonly #around: PeerSurroundings;
  readonly #peers = new Map<string, Peer>();
  readonly #run: string;
  #listening: Listening[] = [];
  #numbers = 0;
  #beatAt = 0;
  #cutOffAt: number | null = 0;
  #leaving = false;

  constructor(options: MembersOptions) {
    const { host, node, incarnation, transport, subjects, timing, events, schedule } = options;
    this.#options = options;
    this.time = new OwnTime(host);
    this.#run = Math.floor(host.random() * 2 ** 48).toString(36);
    this.#around = {
      node,
      incarnation,
      transport,
      subjects,
      timing,
      time: this.time,
      counts: this.counts,
      freshNumber: () => this.#freshNumber(),
      schedule,
      events,
    };
  }

  /** Listens; says nothing before `connected`. */
  start(): void {
    const { transport, subjects, node, incarnation } = this.#options;
    this.#listening = [
      transport.subscribe(subjects.frames(node, incarnation, '*'), (bytes, { subject }) => this.#frame(bytes, lastToken(subject))),
      transport.answer(subjects.ping(node, incarnation), () => new Uint8Array()),
      transport.subscribe(subjects.heartbeat('*'), (bytes, { subject }) => this.#beat(bytes, lastToken(subject))),
      transport.subscribe(subjects.disconnects, (bytes) => this.#disconnected(bytes)),
    ];
  }

  stop(): void {
    for (const listening of this.#listening) listening.unsubscribe();
    this.#listening = [];
    this.#endAll('isolated');
  }

  peers(): Iterable<Peer> {
    return this.#peers.values();
  }

  /** Whether that run of that node is held to be gone: nothing it says counts. */
  isGone(node: string, incarnation: number): boolean {
    const peer = this.#peers.get(node);
    if (peer === undefined) return false;
    if (incarnation !== peer.incarnation) return incarnation < peer.incarnation;
    return peer.state.phase === 'down' || peer.state.phase === 'left';
  }

  /**
   * Where signals for that run of that node go; null when it cannot be reached. A node that nothing is known of is greeted:
   * its pid may have come through a third one, ahead of its first heartbeat.
   */
  reach(node: string, incarnation: number): Association | null {
    const { transport } = this.#options;
    let peer = this.#peers.get(node);
    if (peer === undefined && transport.connected && node !== this.#options.node && !this.#leaving) peer = this.#add(node, incarnation);
    return peer?.incarnation === incarnation ? peer.association : null;
  }

  // ---------------------------------------------------------------- the connection

  connected(): void {
    const { now } = this.time;
    const cutOffMs = this.#cutOffAt === null ? 0 : now - this.#cutOffAt;
    this.#cutOffAt = null;
    this.#sayBeat(false);
    for (const peer of this.#peers.values()) peer.reconnected(cutOffMs);
  }

  disconnected(): void {
    this.#cutOffAt ??= this.time.now;
    for (const peer of this.#peers.values()) peer.disconnected();
  }

  tick(): void {
    this.time.tick();
    const { now } = this.time;
    const { timing } = this.#options;
    if (this.#cutOffAt !== null) {
      // Others have given this node up by now, or do so soon; both sides see the same end.
      if (now - this.#cutOffAt >= timing.downAfterMs) this.#endAll('isolated');
      return;
    }
    if (now >= this.#beatAt && !this.#leaving) this.#sayBeat(false);
    for (const peer of [...this.#peers.values()]) {
      peer.tick();
      const { phase, since } = peer.state;
      if ((phase === 'down' || phase === 'left') && now - since >= FORGET_MS) this.#peers.delete(peer.node);
    }
  }

  /** Everything sent so far has arrived where it can. */
  get settled(): boolean {
    return [...this.#peers.values()].every((peer) => !peer.isUp || peer.association?.settled !== false);
  }

  /** The last heartbeat: after it this node is gone for the others. */
  sayGoodbye(): void {
    this.#leaving = true;
    this.#sayBeat(true);
  }

  // ---------------------------------------------------------------- heartbeats

  #sayBeat(leaving: boolean): void {
    const { transport, subjects, node, incarnation, timing, host } = this.#options;
    this.#beatAt = this.time.now + timing.heartbeatMs * (0.9 + 0.2 * host.random());
    transport.publish(subjects.heartbeat(node), encodeBeat({ node, incarnation, run: this.#run, leaving }));
  }

  #beat(bytes: Uint8Array, node: string): void {
    const beat = decodeBeat(bytes, node);
    if (beat === undefined) {
      this.#options.events.bad(node);
      return;
    }
    if (node === this.#options.node) this.#namesake(beat);
    else if (beat.leaving) {
      if (this.#peers.get(node)?.incarnation === beat.incarnation) this.#peers.get(node)?.sign({ type: 'ended', reason: 'left' });
    } else this.#peer(node, beat.incarnation)?.sign({ type: 'beat' });
  }

  /** Said by NATS, or by anybody with permission to publish it: no more than a reason to look. */
  #disconnected(bytes: Uint8Array): void {
    const name = disconnected(bytes);
    if (name === undefined) return;
    const { subjects } = this.#options;
    for (const peer of this.#peers.values()) if (subjects.connection(peer.node, peer.incarnation) === name) peer.hint();
  }

  #namesake({ incarnation, run, leaving }: Beat): void {
    const own = this.#options.incarnation;
    const later = incarnation > own || (incarnation === own && run > this.#run);
    if (later && !leaving) this.#options.events.superseded(incarnation);
  }

  // ---------------------------------------------------------------- frames

  #frame(bytes: Uint8Array, node: string): void {
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const header = readHeader(frame);
    const body = frame.subarray(HEADER_BYTES);
    if (header === undefined) this.#options.events.bad(node);
    else if (header.kind !== HELLO) this.#peers.get(node)?.frame(header, body);
    else {
      const incarnation = decodeHello(body);
      if (incarnation === undefined || node === this.#options.node || !isNodeName(node)) this.#options.events.bad(node);
      else this.#peer(node, incarnation)?.hello(header);
    }
  }

  // ---------------------------------------------------------------- runs of nodes

  /** The run that has spoken; undefined for one that is over. */
  #peer(node: string, incarnation: number): Peer | undefined {
    if (this.#leaving) return undefined;
    const known = this.#peers.get(node);
    if (known === undefined) return this.#add(node, incarnation);
    if (known.incarnation === incarnation) return known;
    const { phase } = known.state;
    // One name, one run: the later one counts. A clock set back may give a later run the smaller number.
    if (incarnation < known.incarnation && phase !== 'down' && phase !== 'left') return undefined;
    known.sign({ type: 'ended', reason: 'restarted' });
    return this.#add(node, incarnation);
  }

  #add(node: string, incarnation: number): Peer {
    const peer = new Peer(node, incarnation, this.#around);
    this.#peers.set(node, peer);
    return peer;
  }

  #endAll(reason: 'isolated'): void {
    for (const peer of this.#peers.values()) peer.sign({ type: 'ended', reason });
  }

  /** 16 bits, never 0. */
  #freshNumber(): number {
    this.#numbers = (this.#numbers % 0xffff) + 1;
    return this.#numbers;
  }
}
