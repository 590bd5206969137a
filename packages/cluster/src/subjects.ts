/** The wire version stands first: an incompatible release is another prefix and meets nobody. */
const WIRE = 'rt1';

/** The NATS subjects of one cluster. Names are tokens already, so nothing has to be escaped here. */
export class Subjects {
  readonly #cluster: string;
  readonly #prefix: string;

  constructor(cluster: string) {
    this.#cluster = cluster;
    this.#prefix = `${WIRE}.${cluster}`;
  }

  /** `*`: of all nodes. */
  heartbeat(node: string): string {
    return `${this.#prefix}.hb.${node}`;
  }

  /**
   * Frames from one node to one run of another. The sender stands in the subject, so that permissions of NATS can keep nodes
   * from speaking for others.
   */
  frames(to: string, incarnation: number | '*', from: string): string {
    return `${this.#prefix}.n.${to}.${incarnation}.${from}`;
  }

  ping(node: string, incarnation: number | '*'): string {
    return `${this.#prefix}.p.${node}.${incarnation}`;
  }

  /** What a node's connection is called, which NATS shows and tells when it ends. */
  connection(node: string, incarnation: number): string {
    return `${this.#cluster}/${node}/${incarnation}`;
  }

  /** Where NATS tells that connections have ended, in accounts that import it from the system's. */
  get disconnects(): string {
    return '$SYS.ACCOUNT.*.DISCONNECT';
  }

  /** All topics at once, for nodes that want most of them. */
  get flood(): string {
    return `${this.#prefix}.f`;
  }

  topic(shard: string, token: string): string {
    return `${this.#prefix}.t.${shard}.${token}`;
  }

  /** Where events of topics go that are kept. */
  keep(shard: string, token: string): string {
    return `${this.#prefix}.w.${shard}.${token}`;
  }

  /** Where they come from when they are. */
  kept(shard: string, token: string): string {
    return `${this.#prefix}.l.${shard}.${token}`;
  }
}

/** The last token of a subject: the node that a heartbeat or frame claims to come from. */
export function lastToken(subject: string): string {
  return subject.slice(subject.lastIndexOf('.') + 1);
}
