import { type Address, Codec, type Kernel } from '@rekindle/kernel/internal';
import { OwnBell } from './bell.js';
import { CONTROL, FIRST_APPLICATION_FRAME, type FrameVisitor, NODE_SIGNAL } from './frames.js';
import { connectThreads, Lane, type LaneEvents, type LaneParts } from './lane.js';
import { Lanes } from './lanes.js';
import { GatewayNodes } from './node-threads.js';
import type { Control, Ending, NodeControl } from './scheduler.js';
import type { SchedulerWorker } from './scheduler-worker.js';
import { ThreadCarrier } from './thread-carrier.js';

/** Takes application frames of one kind. The payload is valid during the call only. */
export type ApplicationFrames = (thread: number, payload: Buffer) => void;

/** The gateway's lanes, one to each scheduler: made here, and what comes on them goes where it belongs. */
export class GatewayLanes {
  readonly codec: Codec;
  readonly carrier: ThreadCarrier;
  readonly nodes: GatewayNodes;
  readonly #kernel: Kernel;
  readonly #schedulers: ReadonlyMap<number, SchedulerWorker>;
  readonly #handlers = new Map<number, ApplicationFrames>();
  readonly #bell = new OwnBell();
  readonly #lanes: Lanes;
  readonly #events: LaneEvents;

  /** Becomes the kernel's carrier. `stuck` is told that `thread` does not read what `by` sends it; 0 is the gateway. */
  constructor(kernel: Kernel, schedulers: ReadonlyMap<number, SchedulerWorker>, stuck: (by: number, thread: number) => void) {
    this.#kernel = kernel;
    this.#schedulers = schedulers;
    this.codec = new Codec(kernel);
    this.carrier = new ThreadCarrier(kernel, this.codec);
    kernel.carrier = this.carrier;
    this.#lanes = new Lanes(
      this.#bell,
      () => this.carrier.lanes(),
      () => !kernel.turns.idle,
    );
    kernel.turns.between = this.#lanes;
    this.#events = {
      schedule: (flush) => void setImmediate(flush),
      woken: () => this.#lanes.woken(),
      stuck: (thread) => stuck(0, thread),
    };
    this.nodes = new GatewayNodes(kernel, this.carrier, (thread, message) => this.tell(thread, message));
    kernel.threads = this.nodes;
  }

  handle(kind: number, handler: ApplicationFrames): void {
    this.#handlers.set(kind, handler);
  }

  /** Connects a scheduler that is about to start with the gateway and all others; returns its own ends. */
  connect(thread: number, bell: SharedArrayBuffer): LaneParts[] {
    return [this.#toGateway(thread, bell), ...this.#toOthers(thread, bell)];
  }

  tell(thread: number, message: Control): void {
    const lane = this.carrier.lane(thread);
    if (lane === undefined) return;
    lane.out.write(CONTROL, this.codec.encode(message));
    lane.flush();
  }

  tellAll(message: Control): void {
    for (const thread of this.#schedulers.keys()) this.tell(thread, message);
  }

  /** Makes every thread look at its lanes, this one too: who died may have rung a bell without waking the thread it belongs to. */
  wakeAll(): void {
    for (const lane of this.carrier.lanes()) lane.wake();
    this.#lanes.woken();
  }

  #toGateway(thread: number, bell: SharedArrayBuffer): LaneParts {
    const { atA, atB } = connectThreads({ thread: 0, bell: this.#bell.memory }, { thread, bell });
    const { node, incarnation } = this.#kernel.here;
    const from = this.#kernel.address(node, incarnation, thread);
    const signals = this.carrier.receiver(from);
    const receive: FrameVisitor = (kind, bytes, start, end) => {
      if (!signals(kind, bytes, start, end)) this.#received(from, kind, bytes, start, end);
    };
    this.carrier.addLane(new Lane(atA, this.#events, receive));
    this.#lanes.woken();
    this.nodes.introduce(thread);
    return atB;
  }

  #toOthers(thread: number, bell: SharedArrayBuffer): LaneParts[] {
    const ends: LaneParts[] = [];
    for (const other of this.#schedulers.values()) {
      if (other.gone) continue;
      const { atA, atB } = connectThreads({ thread: other.number, bell: other.bell }, { thread, bell });
      other.tell({ type: 'lane', parts: atA }, [atA.port]);
      ends.push(atB);
    }
    return ends;
  }

  #received({ thread }: Address, kind: number, bytes: Buffer, start: number, end: number): void {
    if (kind === NODE_SIGNAL) this.nodes.signal(thread, bytes.subarray(start, end));
    else if (kind === CONTROL) this.#controlled(thread, this.codec.decodeRange(bytes, start, end) as NodeControl | Ending);
    else if (kind >= FIRST_APPLICATION_FRAME && this.#schedulers.get(thread)?.ending === false)
      this.#handlers.get(kind)?.(thread, bytes.subarray(start, end));
  }

  #controlled(thread: number, message: NodeControl | Ending): void {
    if (message.type !== 'ending') {
      this.nodes.control(thread, message);
      return;
    }
    const scheduler = this.#schedulers.get(thread);
    if (scheduler !== undefined) scheduler.ending = true;
  }
}
