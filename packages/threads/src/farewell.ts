import { type Address, type Carrier, exitSignal, type Kernel, ops, type Signal } from '@rekindle/kernel/internal';

/** What a process says on its way out reaches others; that it ends they hear from the gateway, as `noconnection`. */
const SAID = new Set<number>([ops.MESSAGE, ops.MESSAGE_NAME, ops.MESSAGE_ALIAS, ops.CAST, ops.CAST_NAME, ops.REPLY]);

class LastWords implements Carrier {
  readonly #carrier: Carrier;

  constructor(carrier: Carrier) {
    this.#carrier = carrier;
  }

  send(to: Address, signal: Signal): void {
    if (SAID.has(signal[0])) this.#carrier.send(to, signal);
  }
}

/**
 * Ends all processes of a thread that is going to be ended: as by their parents with the reason `shutdown`, so that those
 * that trap exits run `terminate`. Resolves when all of them have ended; not all of them need to.
 */
export function endProcesses(kernel: Kernel): Promise<void> {
  if (kernel.carrier !== null) kernel.carrier = new LastWords(kernel.carrier);
  for (const proc of [...kernel.processes()]) {
    proc.parent ??= kernel.nobody;
    exitSignal(proc, proc.parent, 'shutdown');
  }
  return new Promise((resolve) => {
    const look = (): void => {
      if (kernel.alive === 0) resolve();
      else setTimeout(look, LOOK_MS);
    };
    look();
  });
}

const LOOK_MS = 5;
