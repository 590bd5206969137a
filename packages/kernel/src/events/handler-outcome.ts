import { Outcome } from '../outcome.js';

/** The handler leaves; what it answers, if it was called. OTP: `remove_handler`. */
export class RemoveHandler<T> extends Outcome<T> {
  readonly kind = 'removeHandler';
  readonly value: unknown;
  constructor(value: unknown) {
    super();
    this.value = value;
  }
}

/** Another handler takes over. OTP: `{swap_handler, ...}`. */
export class SwapHandler<T> extends Outcome<T> {
  readonly kind = 'swapHandler';
  readonly to: unknown;
  readonly args: unknown;
  readonly why: unknown;
  readonly value: unknown;
  constructor(to: unknown, args: unknown, why: unknown, value: unknown) {
    super();
    this.to = to;
    this.args = args;
    this.why = why;
    this.value = value;
  }
}
