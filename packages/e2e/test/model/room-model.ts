// What three clients of the conformance application's rooms see, as pure arithmetic.

export const CLIENTS = [0, 1, 2] as const;
export const TOPICS = ['a', 'b'] as const;

export type Topic = (typeof TOPICS)[number];

/** One step of a program. `kick` ends the connection from the server's side, `cut` from the network's. */
export type Step = ConnectionStep | TopicStep;

export interface ConnectionStep {
  readonly kind: 'connect' | 'cut' | 'kick';
  readonly client: number;
}

export interface TopicStep {
  readonly kind: 'join' | 'leave' | 'echo' | 'shout' | 'whisper' | 'crash' | 'stop';
  readonly client: number;
  readonly topic: Topic;
}

/** A frame for a client. A version 1 client does not see the join_ref. */
export interface Seen {
  readonly topic: Topic;
  readonly event: string;
  readonly joinRef: string | null;
  readonly ref: string | null;
  readonly payload: unknown;
}

interface Member {
  readonly connected: boolean;
  /** Join refs by topic, in the order of the joins. */
  readonly joined: ReadonlyMap<Topic, string>;
}

export interface Model {
  readonly members: readonly Member[];
  /** Counts the steps: each is its client's next ref, and its payload. */
  readonly steps: number;
}

export const INITIAL: Model = { members: CLIENTS.map(() => ({ connected: false, joined: new Map() })), steps: 0 };

/** Whether the step can be taken: an open connection is not opened, a closed one carries nothing. */
export function applies({ members }: Model, { kind, client }: Step): boolean {
  return (kind === 'connect') !== (members[client] as Member).connected;
}

export interface Outcome {
  readonly model: Model;
  /** What each client sees of the step; in order within a topic. */
  readonly seen: readonly (readonly Seen[])[];
}

const event = (topic: Topic, name: string, payload: unknown): Seen => ({ topic, event: name, joinRef: null, ref: null, payload });

export function take(model: Model, step: Step): Outcome {
  const ref = String(model.steps + 1);
  const seen: Seen[][] = model.members.map(() => []);
  const { client } = step;
  const actor = model.members[client] as Member;
  const next = (changed: Partial<Member>): Outcome => {
    const members = model.members.map((member, index) => (index === client ? { ...member, ...changed } : member));
    return { model: { members, steps: model.steps + 1 }, seen };
  };
  const tell = (topic: Topic, name: string, payload: unknown, except?: number): void => {
    for (const index of CLIENTS) {
      if (index !== except && model.members[index]?.joined.has(topic) === true) seen[index]?.push(event(topic, name, payload));
    }
  };
  if (!('topic' in step)) {
    if (step.kind === 'connect') return next({ connected: true });
    for (const topic of actor.joined.keys()) tell(topic, 'left', { reason: 'closed', user_id: `user${client}` }, client);
    return next({ connected: false, joined: new Map() });
  }
  const { kind, topic } = step;
  const own = seen[client] as Seen[];
  const joinRef = actor.joined.get(topic);
  const answer = (as: string | null, status: string, response: unknown): void => {
    own.push({ topic, event: 'phx_reply', joinRef: as, ref, payload: { status, response } });
  };
  const end = (as: string, name: string, payload: unknown): void => {
    own.push({ topic, event: name, joinRef: as, ref: as, payload });
  };
  const gone = (): Outcome => next({ joined: new Map([...actor.joined].filter(([other]) => other !== topic)) });
  const left = (reason: string): void => tell(topic, 'left', { reason, user_id: `user${client}` });
  if (kind === 'join') {
    answer(ref, 'ok', {});
    if (joinRef !== undefined) end(joinRef, 'phx_close', {});
    return next({ joined: new Map([...actor.joined]).set(topic, ref) });
  }
  if (joinRef === undefined) {
    answer(null, kind === 'leave' ? 'ok' : 'error', kind === 'leave' ? {} : { reason: 'unmatched topic' });
    return next({});
  }
  switch (kind) {
    case 'echo':
      answer(joinRef, 'ok', { step: ref });
      return next({});
    case 'shout':
      tell(topic, 'new_msg', { step: ref });
      return next({});
    case 'whisper':
      tell(topic, 'msg_from', { step: ref }, client);
      return next({});
    case 'leave':
      answer(joinRef, 'ok', {});
      end(joinRef, 'phx_close', {});
      left('shutdown:left');
      return gone();
    case 'stop':
      end(joinRef, 'phx_close', {});
      left('normal');
      return gone();
    case 'crash':
      left('error');
      end(joinRef, 'phx_error', { reason: 'channel_crash' });
      return gone();
  }
}
