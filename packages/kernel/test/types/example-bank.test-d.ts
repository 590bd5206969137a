import { CallError, type From, GenServer, noreply, type Ref, reply, stop } from '@rekindle/kernel';

export class Account extends GenServer<{ continue: 'audit' }> {
  #balance = 0;
  #waiting: { amount: number; from: From<number> }[] = [];

  override init(args?: { opening?: number }) {
    this.#balance = args?.opening ?? 0;
    return this.continue('audit');
  }

  balance() {
    return this.#balance;
  }
  withdraw(amount: number) {
    if (amount <= this.#balance) return (this.#balance -= amount);
    const from = this.from<number>();
    this.#waiting.push({ amount, from });
    return noreply(from);
  }
  deposit(amount: number) {
    this.#balance += amount;
    const ready = this.#waiting.filter((w) => w.amount <= this.#balance);
    for (const w of ready) w.from.reply((this.#balance -= w.amount));
    return reply(this.#balance, this.continue('audit'));
  }
  close() {
    return stop('normal', this.#balance);
  }
  me(): Ref<Account> {
    return this.self;
  }

  override handleContinue(_step: 'audit') {
    if (this.#balance < 0) return stop({ shutdown: 'overdrawn' });
    return;
  }
}

export async function demo(): Promise<number[]> {
  const account = await Account.startLink();
  const later = account.call('withdraw', 50);
  await account.call('deposit', 80);
  const balance = await account.call('balance').catch((e: unknown) => {
    if (CallError.is(e, 'noproc')) return 0;
    throw e;
  });
  return [await later, balance, await account.call('close')];
}
