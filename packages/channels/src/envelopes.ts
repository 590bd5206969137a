import { Envelope } from '@rekindle/kernel/internal';
import type { Content } from '@rekindle/pubsub';
import type { PushRef } from './reply-ref.js';

/** An event from the client. */
export class Push extends Envelope {
  readonly event: unknown;
  readonly payload: unknown;
  readonly ref: PushRef;
  constructor(event: unknown, payload: unknown, ref: PushRef) {
    super();
    this.event = event;
    this.payload = payload;
    this.ref = ref;
  }
}

/** The client leaves the topic. */
export class Leave extends Envelope {
  readonly ref: PushRef;
  constructor(ref: PushRef) {
    super();
    this.ref = ref;
  }
}

/** The connection is gone. */
export class Closed extends Envelope {}

/** The client has stopped to read, or reads too slowly: so much waits for it. */
export class Slow extends Envelope {
  readonly bufferedBytes: number;
  constructor(bufferedBytes: number) {
    super();
    this.bufferedBytes = bufferedBytes;
  }
}

/** An event of the topic that the channel looks at before the client gets it. */
export class Outgoing extends Envelope {
  readonly content: Extract<Content, { kind: 'event' }>;
  constructor(content: Extract<Content, { kind: 'event' }>) {
    super();
    this.content = content;
  }
}
