import type { Address } from '@rekindle/kernel/internal';
import { FrameReader, NODE_SIGNAL } from './frames.js';
import type { Lane } from './lane.js';

/** A signal for another node on its way to the gateway, or from another node on its way to a scheduler. */
export interface NodeSignal {
  /** Whose thread it goes to, or comes from. */
  readonly node: string;
  readonly incarnation: number;
  readonly thread: number;
  readonly bytes: Buffer;
}

const FIXED = 64;

export function writeNodeSignal(lane: Lane, { node, incarnation, thread }: Address, bytes: Uint8Array): void {
  const { out } = lane;
  out.begin(NODE_SIGNAL, FIXED);
  out.text(node);
  out.uint32(Math.floor(incarnation / 2 ** 32));
  out.uint32(incarnation % 2 ** 32);
  out.uint32(thread);
  out.raw(bytes);
  out.end();
  lane.written();
}

export function readNodeSignal(payload: Buffer): NodeSignal {
  const reader = new FrameReader(payload);
  const node = reader.text();
  const incarnation = reader.uint32() * 2 ** 32 + reader.uint32();
  return { node, incarnation, thread: reader.uint32(), bytes: reader.raw() };
}
