export interface Fault {
  readonly name: string;
  /** In `dist`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  /** Test files of the kernel, one of which has to notice. */
  readonly tests: readonly string[];
}

export declare const faults: readonly Fault[];
