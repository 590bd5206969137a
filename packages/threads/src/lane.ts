import type { MessagePort } from 'node:worker_threads';
import { FrameWriter, readFrames } from './frames.js';

/** Takes the frames that arrive on a lane. The payload is valid during the call only. */
export type FrameHandler = (kind: number, payload: Buffer) => void;

/** One thread's end of the connection to another thread: frames in, frames out, in order, one batch per loop turn. */
export class Lane {
  readonly thread: number;
  readonly out: FrameWriter = new FrameWriter();
  readonly #port: MessagePort;
  readonly #schedule: (flush: () => void) => void;
  #scheduled = false;
  #closed = false;
  readonly #flush = (): void => this.flush();

  /** `schedule` runs the flush at the end of the turn. */
  constructor(thread: number, port: MessagePort, schedule: (flush: () => void) => void, receive: FrameHandler) {
    this.thread = thread;
    this.#port = port;
    this.#schedule = schedule;
    port.on('message', (batch: ArrayBuffer) => {
      if (!this.#closed) readFrames(batch, receive);
    });
  }

  /** To be called after something was written to `out`. */
  written(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(this.#flush);
  }

  flush(): void {
    this.#scheduled = false;
    if (this.#closed || this.out.isEmpty) return;
    const batch = this.out.take();
    this.#port.postMessage(batch, [batch]);
  }

  /** Nothing is sent or received any more. */
  close(): void {
    this.#closed = true;
    this.#port.close();
  }
}
