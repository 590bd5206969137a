/** Something the user can put right: the message is all there is to say. Code 2: the command makes no sense; 1: it cannot be done. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: 1 | 2;
  constructor(exitCode: 1 | 2, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
