import { availableParallelism } from 'node:os';
import { Codec, installKernel, Kernel, startReplicas } from '@rekindle/kernel/internal';
import { PubSub } from '@rekindle/pubsub';
import { Hub } from '@rekindle/pubsub/internal';
import { type ResourceLimits, Threads } from '@rekindle/threads/internal';
import { type AdapterChoice, chooseAdapter } from './adapters/choose.js';
import { type ApplicationSpec, applicationSpec, loadApplication, moduleUrl } from './application-spec.js';
import { EXIT_FATAL, endProcess } from './end-process.js';
import type { Counters } from './gateway/counters.js';
import { within } from './gateway/drainer.js';
import { Gateway } from './gateway/gateway.js';
import { LanePort, serveLanes } from './gateway/lane-port.js';
import { installLogger, print } from './logger.js';
import { checkNodeVersion } from './node-version.js';
import { checkStartOptions } from './options.js';
import { type RunningRoot, startRoot } from './root.js';
import { DirectLink } from './scheduler/direct-link.js';
import type { SchedulerData } from './scheduler/entry.js';
import { SchedulerServices } from './scheduler/services.js';
import { loadSerializers } from './serializers.js';
import { stopOnSignals } from './stop-on-signals.js';
import { inStages } from './stop-stages.js';

export interface StartOptions {
  /** The module whose default export is the application: a path or URL. */
  readonly module: string | URL;
  /** Port to listen on; 0 takes any. Default 4000. */
  readonly port?: number;
  /** Address to listen on. Default: all. */
  readonly host?: string;
  /** Scheduler threads; 0 runs everything on the main thread. Default: the processors less one, at least 1. */
  readonly schedulers?: number;
  /** Default `'auto'`: uWebSockets.js where it loads. */
  readonly adapter?: AdapterChoice;
  readonly node?: string;
  /** Sends messages within a thread through the codec, as between threads. Default: unless NODE_ENV is production. */
  readonly strictMessages?: boolean;
  readonly stuckAfterMs?: number;
  /** Limits of each scheduler's memory, in MiB; see `resourceLimits` of `node:worker_threads`. Default: V8's own. */
  readonly resourceLimits?: ResourceLimits;
  /** How long a scheduler whose heap is nearly full may take to run `terminate` before it is ended. Default 1,000. */
  readonly recycleTimeoutMs?: number;
  /**
   * SIGTERM and SIGINT stop the application in order and end the process with code 0, or 70 if that takes longer than
   * `stopTimeoutMs`; a second one ends it at once, with 128 and the signal's number. Default false.
   */
  readonly stopOnSignals?: boolean;
  /** How long `stop` may take altogether before the threads are ended as they are. Default 25,000. */
  readonly stopTimeoutMs?: number;
  /** Connects the node with others, before it listens. */
  readonly connect?: (parts: NodeParts) => Promise<NodeConnection>;
  /**
   * Called when the node cannot go on. Default: prints the reason and exits with code 70; with 137 (SIGKILL) when native code
   * holds threads, as Node would wait for them.
   */
  readonly onFatal?: (error: Error) => void;
}

/** What a connection to other nodes works on. */
export interface NodeParts {
  readonly kernel: Kernel;
  readonly hub: Hub;
  /** To be called when the node cannot go on. */
  readonly fatal: (error: Error) => void;
}

export interface NodeConnection {
  leave(): Promise<void>;
}

export interface RunningApplication {
  readonly port: number;
  readonly adapter: 'uws' | 'node';
  readonly schedulers: number;
  /** What has happened on the endpoint so far: a snapshot. */
  readonly counters: Counters;
  /**
   * Stops listening, tells clients to come back elsewhere, ends the tree in order, then the threads. Rejects with `stop_timeout`,
   * after it has ended the threads, when that takes longer than `stopTimeoutMs`.
   */
  stop(): Promise<void>;
}

/** How long schedulers may take to stop. */
const THREADS_STOP_MS = 10_000;
const DEFAULT_STOP_TIMEOUT_MS = 25_000;
/** How long a node that stops tries to tell its webhooks that everybody has left. */
const WEBHOOKS_STOP_MS = 2_000;

/** Ends all threads at once; how many of them native code holds. */
type EndThreads = () => Promise<number>;

interface Started {
  readonly application: RunningApplication;
  readonly endThreads: EndThreads;
}

async function tellWebhooks({ webhooks }: Gateway): Promise<void> {
  if (webhooks !== null) await within(webhooks.flush(), WEBHOOKS_STOP_MS);
}

function exitFatally(endThreads: EndThreads): (error: Error) => void {
  return (error) => {
    print(
      'error',
      `giving up: ${error.stack ?? error.message}${error.cause instanceof Error ? `\ncaused by ${error.cause.stack ?? error.cause.message}` : ''}`,
    );
    void endProcess(EXIT_FATAL, endThreads);
  };
}

/** `startApplication`. */
export async function start(options: StartOptions): Promise<RunningApplication> {
  checkNodeVersion(process.versions.node);
  checkStartOptions(options);
  installLogger();
  const schedulers = options.schedulers ?? Math.max(1, availableParallelism() - 1);
  const { application, endThreads } = await (schedulers === 0 ? startOnOneThread(options) : startOnThreads(options, schedulers));
  if (options.stopOnSignals === true) stopOnSignals(() => application.stop(), endThreads);
  return application;
}

function strict(options: StartOptions): boolean {
  return options.strictMessages ?? process.env.NODE_ENV !== 'production';
}

function nodeKernel(options: StartOptions): Kernel {
  const kernel = new Kernel({ node: options.node ?? 'local', incarnation: Date.now(), thread: 0 });
  installKernel(kernel);
  return kernel;
}

async function startOnThreads(options: StartOptions, schedulers: number): Promise<Started> {
  const kernel = nodeKernel(options);
  const codec = new Codec(kernel);
  const hub = new Hub();
  const endThreads = async (): Promise<number> => {
    await threads.end();
    return threads.writtenOff;
  };
  const fatal = options.onFatal ?? exitFatally(endThreads);
  const ports = new Map<number, LanePort>();
  let spec: ApplicationSpec | null = null;
  let root: RunningRoot | null = null;
  let gateway: Gateway | null = null;
  const serve = async (thread: number): Promise<void> => {
    await root?.startConnections(thread);
    const port = ports.get(thread);
    if (port !== undefined) gateway?.schedulerUp(port);
  };
  const data: SchedulerData = { module: moduleUrl(options.module) };
  const threads = new Threads(
    kernel,
    {
      schedulers,
      entry: new URL('./scheduler/entry.js', import.meta.url).href,
      data,
      strictMessages: strict(options),
      ...(options.stuckAfterMs === undefined ? {} : { stuckAfterMs: options.stuckAfterMs }),
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
      ...(options.recycleTimeoutMs === undefined ? {} : { recycleTimeoutMs: options.recycleTimeoutMs }),
    },
    {
      up(thread, encoded) {
        spec ??= codec.decode(encoded as Uint8Array) as ApplicationSpec;
        ports.set(thread, new LanePort(thread, threads.lane(thread) as never, codec));
        if (root !== null && !threads.stopping)
          serve(thread).catch((error: unknown) =>
            fatal(new Error(`the connections of scheduler ${thread} could not be served`, { cause: error })),
          );
      },
      down(thread, reason, detail) {
        ports.delete(thread);
        if (reason !== 'stopped')
          print(
            'error',
            `scheduler ${thread} is ${reason === 'stuck' ? 'stuck' : 'gone'}${detail === undefined ? '' : ` (${detail instanceof Error ? detail.message : String(detail)})`}, a new one takes over`,
          );
        gateway?.schedulerDown(thread);
      },
      fatal,
    },
  );
  startReplicas(kernel);
  await threads.start();
  const known = spec as ApplicationSpec | null;
  if (known === null) throw new Error('no scheduler has started');
  const adapter = chooseAdapter(options.adapter ?? 'auto', known.endpoint.tls, (line) => print('info', line));
  gateway = new Gateway(kernel, adapter, hub, known.endpoint, await loadSerializers(known.endpoint.serializers));
  serveLanes(threads, gateway, hub, codec, (thread) => ports.get(thread));
  const listening = gateway;
  let connection: NodeConnection | undefined;
  let port: number;
  try {
    connection = await options.connect?.({ kernel, hub, fatal });
    root = await startRoot(known, listening.webhooks, (reason) =>
      fatal(new Error(`the application's children were restarted too often (${String(reason)})`)),
    );
    await Promise.all(threads.running.map(serve));
    port = await listening.listen(options.port ?? 4000, options.host);
  } catch (error) {
    await root?.stop();
    await connection?.leave();
    await threads.stop(0);
    throw error;
  }
  const application: RunningApplication = {
    port,
    adapter: adapter.name,
    schedulers,
    get counters() {
      return listening.counters;
    },
    stop: async () => {
      threads.stopReplacing();
      const stages = {
        'sending the clients away': () => listening.drain(),
        'telling the webhooks': () => tellWebhooks(listening),
        'ending the children': async () => root?.stop(),
        'leaving the cluster': async () => connection?.leave(),
        'ending the threads': () => threads.stop(THREADS_STOP_MS),
        'closing the connections': () => listening.end(),
      };
      await inStages(stages, options.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS, () => threads.end());
    },
  };
  return { application, endThreads };
}

async function startOnOneThread(options: StartOptions): Promise<Started> {
  const kernel = nodeKernel(options);
  if (strict(options)) kernel.codec = new Codec(kernel);
  const hub = new Hub();
  const endThreads = async (): Promise<number> => 0;
  const fatal = options.onFatal ?? exitFatally(endThreads);
  const application = await loadApplication(moduleUrl(options.module));
  const spec = applicationSpec(application);
  const adapter = chooseAdapter(options.adapter ?? 'auto', spec.endpoint.tls, (line) => print('info', line));
  const serializers = await loadSerializers(spec.endpoint.serializers);
  const gateway = new Gateway(kernel, adapter, hub, spec.endpoint, serializers);
  const link = new DirectLink(hub);
  const pubsub = new PubSub(kernel);
  pubsub.uplink = link;
  link.gateway = gateway;
  link.pubsub = pubsub;
  link.services = new SchedulerServices(kernel, application, serializers, link, pubsub);
  const connection = await options.connect?.({ kernel, hub, fatal });
  let root: RunningRoot | undefined;
  let port: number;
  try {
    root = await startRoot(spec, gateway.webhooks, (reason) =>
      fatal(new Error(`the application's children were restarted too often (${String(reason)})`)),
    );
    await root.startConnections(0);
    gateway.schedulerUp(link);
    port = await gateway.listen(options.port ?? 4000, options.host);
  } catch (error) {
    await root?.stop();
    await connection?.leave();
    throw error;
  }
  const running: RunningApplication = {
    port,
    adapter: adapter.name,
    schedulers: 0,
    get counters() {
      return gateway.counters;
    },
    stop: async () => {
      const stages = {
        'sending the clients away': () => gateway.drain(),
        'telling the webhooks': () => tellWebhooks(gateway),
        'ending the children': async () => root?.stop(),
        'leaving the cluster': async () => connection?.leave(),
        'closing the connections': () => gateway.end(),
      };
      await inStages(stages, options.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS, async () => {});
    },
  };
  return { application: running, endThreads };
}
