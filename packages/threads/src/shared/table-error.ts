export type TableErrorCode = 'no_table' | 'already_exists' | 'table_full';

/** What a `Table`, `persistentTerm` or `SharedCounter` cannot do, and why. */
export class TableError extends Error {
  override readonly name = 'TableError';
  readonly code: TableErrorCode;
  constructor(code: TableErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
