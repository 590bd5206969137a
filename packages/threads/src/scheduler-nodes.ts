import { type Codec, isSignalOf, type Kernel } from '@rekindle/kernel/internal';
import { CONTROL } from './frames.js';
import { readNodeSignal } from './node-frames.js';
import type { Control, NodeControl } from './scheduler.js';
import type { ThreadCarrier } from './thread-carrier.js';

/** Other nodes, as a scheduler thread learns of them from the gateway. */
export class SchedulerNodes {
  readonly #kernel: Kernel;
  readonly #carrier: ThreadCarrier;
  readonly #codec: Codec;

  /** `codec` reads what comes from other nodes. */
  constructor(kernel: Kernel, carrier: ThreadCarrier, codec: Codec) {
    this.#kernel = kernel;
    this.#carrier = carrier;
    this.#codec = codec;
  }

  /** From another node, through the gateway, which has not looked into it. */
  signal(payload: Buffer): void {
    const { node, incarnation, thread, bytes } = readNodeSignal(payload);
    const from = this.#kernel.address(node, incarnation, thread);
    let signal: unknown;
    try {
      signal = this.#codec.decode(bytes);
    } catch {
      signal = undefined;
    }
    if (isSignalOf(from, signal)) this.#kernel.receive(from, signal);
    else this.#tell({ type: 'badNodeSignal', node, incarnation, thread });
  }

  control(message: Control): void {
    switch (message.type) {
      case 'nodeUp':
        this.#kernel.nodes.up(message.node, message.incarnation);
        break;
      case 'nodeDown':
        this.#kernel.nodes.down(message.node, message.incarnation, message.reason);
        this.#tell({ type: 'nodeDownSeen', node: message.node, incarnation: message.incarnation });
        break;
      case 'nodeCrowded':
        if (message.crowded) this.#kernel.nodes.crowded.set(message.node, message.incarnation);
        else this.#kernel.nodes.crowded.clear(message.node, message.incarnation);
        break;
      case 'nodeThreadGone':
        this.#kernel.addressDown(this.#kernel.address(message.node, message.incarnation, message.thread));
        break;
    }
  }

  #tell(message: NodeControl): void {
    const lane = this.#carrier.lane(0);
    if (lane === undefined) return;
    lane.out.write(CONTROL, this.#codec.encode(message));
    lane.written();
  }
}
