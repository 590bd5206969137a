/** Something the user can put right. The message is one sentence, and all that is printed. */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** 2 for a command that makes no sense, 1 for one that could not be carried out. */
  readonly exitCode: 1 | 2;

  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
