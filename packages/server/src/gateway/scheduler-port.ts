import type { OpenRequest, ReviveRequest } from '@rekindle/channels/internal';
import type { HubMember } from '@rekindle/pubsub/internal';

/** An HTTP request on its way to the application. */
export interface ForwardedRequest {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
  readonly peer: string;
}

export interface ForwardedResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

/** The gateway's way to one scheduler: over a lane, or straight when everything runs on one thread. */
export interface SchedulerPort extends HubMember {
  readonly thread: number;
  /** Another one takes its connections over then. */
  readonly canDie: boolean;
  open(open: OpenRequest): void;
  revive(revive: ReviveRequest): void;
  frame(connection: number, frame: string | Uint8Array): void;
  /** The bytes of a frame, in UTF-8 if it is a text frame. They are there during the call only. */
  received(connection: number, bytes: Buffer, isText: boolean): void;
  /** Several frames; `acknowledged` is told when the last one has been handled. */
  batch(connection: number, batch: number, frames: readonly (string | Uint8Array)[]): void;
  closed(connection: number): void;
  /** So many bytes wait to be sent to the client. */
  pressure(connection: number, bufferedBytes: number): void;
  request(request: ForwardedRequest): void;
  /** Resolves when its connections are gone and their channels have ended. */
  settled(): Promise<void>;
  /** Its thread is dead: nothing more comes from it. */
  gone(): void;
}
