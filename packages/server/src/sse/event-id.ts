// An event's id says where its client is on all its topics, in the order of the request: `epoch:position` for recoverable
// topics, nothing for others, with commas between them. A browser sends the last one back as `Last-Event-ID`.

/** What the client says where it was: by topic, null for those where it was nowhere. */
export function readEventId(id: string | undefined, topics: readonly string[]): ReadonlyMap<string, string | null> {
  const cursors = id?.split(',') ?? [];
  const known = cursors.length === topics.length;
  return new Map(topics.map((topic, i) => [topic, known && cursors[i] !== '' ? (cursors[i] as string) : null]));
}

/** Where one client is. */
export class Positions {
  readonly #epochs: string[];
  readonly #positions: number[];
  readonly #index: ReadonlyMap<string, number>;

  /** `at`: where it was. Until a topic is joined anew, ids say that. */
  constructor(at: ReadonlyMap<string, string | null>) {
    const topics = [...at.keys()];
    this.#epochs = topics.map(() => '');
    this.#positions = topics.map(() => 0);
    this.#index = new Map(topics.map((topic, i) => [topic, i]));
    for (const [topic, cursor] of at) if (cursor !== null && /^[\w-]+:\d+$/.test(cursor)) this.joined(topic, cursor);
  }

  /** `cursor` is that of a join's reply. */
  joined(topic: string, cursor: string): void {
    const at = cursor.lastIndexOf(':');
    const index = this.#index.get(topic) as number;
    this.#epochs[index] = cursor.slice(0, at);
    this.#positions[index] = Number(cursor.slice(at + 1));
  }

  reached(topic: string, position: number): void {
    this.#positions[this.#index.get(topic) as number] = position;
  }

  get id(): string {
    return this.#epochs.map((epoch, i) => (epoch === '' ? '' : `${epoch}:${this.#positions[i]}`)).join(',');
  }
}
