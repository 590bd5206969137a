// The main module of a scheduler thread: a kernel, its lanes, and the entry module.
import { setInterval } from 'node:timers';
import { parentPort, workerData } from 'node:worker_threads';
import { Codec, catchStrays, installKernel, Kernel, reports } from '@rekindle/kernel/internal';
import { OwnBell } from './bell.js';
import { endProcesses } from './farewell.js';
import { CONTROL, FIRST_APPLICATION_FRAME, type FrameVisitor, NODE_SIGNAL } from './frames.js';
import { HeapWatch } from './heap-watch.js';
import { type FrameHandler, Lane, type LaneEvents, type LaneParts } from './lane.js';
import { Lanes } from './lanes.js';
import { Lookout } from './lookout.js';
import { type Candidate, choose } from './placement.js';
import { CLOSE_LOOK_MS, Pulse } from './pulse.js';
import type {
  Control,
  Ending,
  FromGateway,
  Scheduler,
  SchedulerEntry,
  SchedulerHost,
  SchedulerReport,
  SchedulerStart,
} from './scheduler.js';
import { SchedulerNodes } from './scheduler-nodes.js';
import { installStore } from './shared/store.js';
import { StoreClient } from './shared/store-client.js';
import { SharedNames } from './shared-names.js';
import { ThreadCarrier } from './thread-carrier.js';

const start = workerData as SchedulerStart;
const gatewayPort = parentPort as NonNullable<typeof parentPort>;

const bell = new OwnBell(start.bell);
const heap = new HeapWatch((use) => report({ type: 'full', ...use }));

const hostModule = start.host === null ? null : ((await import(start.host)) as SchedulerHost);

const kernel = new Kernel({
  ...(hostModule === null ? {} : { host: hostModule.createHost(start.data as never) }),
  node: start.node,
  incarnation: start.incarnation,
  thread: start.thread,
  names: (self) => new SharedNames(self, start.names, new Int32Array(start.nameAnswer), (request) => start.namePort.postMessage(request)),
});
installKernel(kernel);

const pulse = new Pulse(start.pulse, start.restMs, () => {
  bell.load = kernel.alive;
  heap.check(performance.now());
  if (heap.near) closeLook ??= setInterval(lookClosely, CLOSE_LOOK_MS);
});
let closeLook: NodeJS.Timeout | null = null;
function lookClosely(): void {
  heap.check(performance.now());
  if (heap.near || closeLook === null) return;
  clearInterval(closeLook);
  closeLook = null;
}

const codec = new Codec(kernel);
if (start.strictMessages) kernel.codec = codec;
const carrier = new ThreadCarrier(kernel, codec);
kernel.carrier = carrier;

// A pid travels encoded; everything else of a request is plain.
installStore(new StoreClient(start.store, (request) => (request[0] === 'create' ? codec.encode(request) : request)));

const nodes = new SchedulerNodes(kernel, carrier, new Codec(kernel, 'nodes'));

const handlers = new Map<number, FrameHandler>();
let stopping: () => Promise<void> = async () => {};

const lanes = new Lanes(
  bell,
  () => carrier.lanes(),
  () => !kernel.turns.idle,
  new Lookout(() => performance.now()),
);
kernel.turns.between = lanes;
const laneEvents: LaneEvents = {
  schedule: (flush) => kernel.turns.afterTurn(flush),
  woken: () => lanes.woken(),
  stuck: (thread) => report({ type: 'unread', thread }),
};

function addLane(parts: LaneParts): void {
  const { thread } = parts;
  const from = kernel.address(start.node, start.incarnation, thread);
  // Lanes and the news of deaths come on ways of their own: the thread may be gone again already.
  if (from.down) {
    parts.port.close();
    return;
  }
  const signals = carrier.receiver(from);
  const receive: FrameVisitor = (kind, bytes, begin, end) => {
    if (signals(kind, bytes, begin, end)) return;
    if (kind === NODE_SIGNAL) nodes.signal(bytes.subarray(begin, end));
    else if (kind === CONTROL) control(codec.decodeRange(bytes, begin, end) as Control);
    else if (kind >= FIRST_APPLICATION_FRAME) handlers.get(kind)?.(kind, bytes.subarray(begin, end));
  };
  carrier.addLane(new Lane(parts, laneEvents, receive));
  lanes.woken();
}

function control(message: Control): void {
  if (message.type === 'threadDown') {
    carrier.lane(message.thread)?.drainLast();
    carrier.dropLane(message.thread);
    kernel.addressDown(kernel.address(start.node, start.incarnation, message.thread));
    leaving.delete(message.thread);
  } else if (message.type === 'leaving') leaving.add(message.thread);
  else if (message.type === 'recycle') {
    const gateway = carrier.lane(0) as Lane;
    gateway.out.write(CONTROL, codec.encode({ type: 'ending' } satisfies Ending));
    gateway.flush();
    void endProcesses(kernel).then(() => {
      for (const lane of carrier.lanes()) lane.flush();
      report({ type: 'ended' });
    });
  } else if (message.type !== 'stop') nodes.control(message);
  else {
    void stopping()
      .finally(written)
      .finally(() => {
        for (const lane of carrier.lanes()) lane.flush();
        gatewayPort.postMessage({ type: 'stopped' });
      });
  }
}

/** What a thread prints goes through the main thread: what that has not taken yet is lost when this one is ended. */
async function written(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))));
}

// A stray error of code that no process is known to run is reported; it does not take the other actors of the thread along.
catchStrays((error) => reports.reportStrayError(error));

/** Threads that are about to be ended. */
const leaving = new Set<number>();

let turn = start.thread;
kernel.placement = (where) => {
  if (where === 'same') return kernel.here;
  if (typeof where === 'object' && 'scheduler' in where) return kernel.address(start.node, start.incarnation, where.scheduler);
  const candidates: Candidate[] = [{ thread: start.thread, load: () => kernel.alive }];
  for (const { thread, bell } of carrier.lanes()) {
    if (thread !== 0 && !leaving.has(thread)) candidates.push({ thread, load: () => bell.load });
  }
  candidates.sort((a, b) => a.thread - b.thread);
  const own = candidates.findIndex(({ thread }) => thread === start.thread);
  const { thread } = choose(where, candidates, own, where === 'spread' ? turn++ : 0);
  carrier.lane(thread)?.bell.placed();
  return kernel.address(start.node, start.incarnation, thread);
};

function encodeError(error: unknown): Uint8Array {
  try {
    return codec.encode(error);
  } catch {
    return codec.encode(new Error(String(error)));
  }
}

function report(message: SchedulerReport): void {
  gatewayPort.postMessage(message);
}

try {
  // Signals wait on the lanes until the application is loaded: they may start processes of its classes.
  const entry = (await import(start.entry)) as SchedulerEntry;
  await entry.loadScheduler?.(start.data as never);
  for (const parts of start.lanes) addLane(parts);
  gatewayPort.on('message', (message: FromGateway) => {
    if (message.type === 'lane') addLane(message.parts);
    else pulse.hurry();
  });
  const scheduler: Scheduler = {
    kernel,
    thread: start.thread,
    gateway: carrier.lane(0) as Lane,
    onFrame: (kind, handler) => void handlers.set(kind, handler),
    onStop: (handler) => {
      stopping = handler;
    },
  };
  report({ type: 'ready', spec: await entry.startScheduler(scheduler, start.data as never) });
} catch (error) {
  report({ type: 'failed', error: encodeError(error) });
}
