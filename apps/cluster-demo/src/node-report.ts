/** What a node says of itself, for the board. */
export interface NodeReport {
  readonly node: string;
  readonly pid: number;
  /** The other nodes that it sees. */
  readonly sees: readonly string[];
  /** Its processes by class. */
  readonly actors: readonly { readonly behaviour: string; readonly count: number }[];
  /** Names of the whole cluster, as it knows them. */
  readonly names: readonly { readonly name: string; readonly holder: string | null; readonly token: number | null }[];
  /** The nodes of the members of the group, as it knows them. */
  readonly group: readonly string[];
  /** Of the numbers that others send. */
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
}
