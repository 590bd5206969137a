import type { MessagePort } from 'node:worker_threads';
import type { Host, Kernel } from '@rekindle/kernel/internal';
import type { FrameHandler, Lane, LaneParts } from './lane.js';

import type { StoreAccess } from './shared/store-client.js';

/** What a new scheduler thread is given. */
export interface SchedulerStart {
  readonly node: string;
  readonly incarnation: number;
  readonly thread: number;
  /** The module whose `startScheduler` is called when the thread is ready. */
  readonly entry: string;
  /** The module that makes the kernel's host; null for the real clock. */
  readonly host: string | null;
  readonly data: unknown;
  readonly names: SharedArrayBuffer;
  readonly nameAnswer: SharedArrayBuffer;
  readonly namePort: MessagePort;
  /** Raised by the thread's event loop, watched by the gateway. */
  readonly pulse: SharedArrayBuffer;
  /** How long the pulse may pause while the thread has little to do. */
  readonly restMs: number;
  /** The thread's own bell. */
  readonly bell: SharedArrayBuffer;
  readonly lanes: readonly LaneParts[];
  readonly store: StoreAccess;
  readonly strictMessages: boolean;
}

/** From the gateway to a scheduler, on the lane. */
export type Control =
  | { readonly type: 'threadDown'; readonly thread: number }
  | { readonly type: 'nodeUp'; readonly node: string; readonly incarnation: number }
  | { readonly type: 'nodeDown'; readonly node: string; readonly incarnation: number; readonly reason: string }
  | { readonly type: 'nodeCrowded'; readonly node: string; readonly incarnation: number; readonly crowded: boolean }
  | { readonly type: 'nodeThreadGone'; readonly node: string; readonly incarnation: number; readonly thread: number }
  /** That thread is about to be ended: nothing is started there any more. */
  | { readonly type: 'leaving'; readonly thread: number }
  /** End what runs here: this thread is going to be ended. */
  | { readonly type: 'recycle' }
  | { readonly type: 'stop' };

/** From a scheduler to the gateway, on the lane. */
export type NodeControl =
  /** Everything it sends from here on it sends knowing that the node was down. */
  | { readonly type: 'nodeDownSeen'; readonly node: string; readonly incarnation: number }
  | { readonly type: 'badNodeSignal'; readonly node: string; readonly incarnation: number; readonly thread: number };

/** From a scheduler to the gateway, on the lane: from here on its processes are being ended, and what their ends tell it is not meant. */
export interface Ending {
  readonly type: 'ending';
}

/** From a scheduler to the gateway, over the worker's own port; what went wrong is encoded, which keeps more of an error. */
export type SchedulerReport =
  | { readonly type: 'ready'; readonly spec: unknown }
  | { readonly type: 'failed'; readonly error: Uint8Array }
  /** That thread does not read what this one has sent it. */
  | { readonly type: 'unread'; readonly thread: number }
  /** The heap is nearly full. */
  | { readonly type: 'full'; readonly usedBytes: number; readonly limitBytes: number }
  /** After `recycle`: all processes have ended. */
  | { readonly type: 'ended' };

/** From the gateway to a scheduler, over the worker's own port, because it carries a port. */
export type FromGateway =
  | { readonly type: 'lane'; readonly parts: LaneParts }
  /** It works although it rests: its pulse is to be quicker. */
  | { readonly type: 'hurry' };

/** A scheduler thread, as the module that runs on it sees it. */
export interface Scheduler {
  readonly kernel: Kernel;
  readonly thread: number;
  /** The lane to the gateway. */
  readonly gateway: Lane;
  /** Takes application frames of that kind from the gateway. */
  onFrame(kind: number, handler: FrameHandler): void;
  /** Called when the gateway asks this thread to stop; the thread ends when the promise is settled. */
  onStop(handler: () => Promise<void>): void;
}

/** What a host module exports: time and turns for a scheduler's kernel. `data` is the entry module's. */
export interface SchedulerHost {
  createHost(data: never): Host;
}

/** What an entry module exports. Its answer is handed to the gateway; it must be plain data. */
export interface SchedulerEntry {
  /** Loads the application, before anything arrives from other threads. */
  loadScheduler?(data: never): Promise<void>;
  startScheduler(scheduler: Scheduler, data: never): Promise<unknown>;
}
