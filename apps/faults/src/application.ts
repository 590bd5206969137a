import { Channel, defineApplication, GenServer, reply, routes, Socket } from 'rekindle';
import { throwIfBroken } from './broken.js';
import { faults } from './faults.js';

throwIfBroken('module');

/** A supervised actor that does what it is told, whatever it is. */
export class Victim extends GenServer {
  readonly #id = Math.random();

  override init(): void {
    throwIfBroken('actor');
  }

  misbehave(name: string): void {
    faults.find((fault) => fault.name === name)?.act?.();
  }

  who(): { id: number; thread: number } {
    return { id: this.#id, thread: this.self.thread };
  }
}

class EchoChannel extends Channel {
  override join() {
    return { thread: this.self.thread };
  }

  async handleIn(event: string, payload: unknown) {
    if (event === 'misbehave') this.cast(Victim.at('victim'), 'misbehave', (payload as { name: string }).name);
    if (event === 'who') return reply(await this.call(Victim.at('victim').within(300), 'who').catch(() => ({ id: 0, thread: 0 })));
    return reply({ payload });
  }
}

class FaultSocket extends Socket {
  static channels = routes({ 'echo:*': EchoChannel });

  override connect() {
    return {};
  }
}

export default defineApplication({
  children: [{ start: Victim, name: 'victim' }],
  maxRestarts: 100,
  endpoint: { sockets: { '/socket': { handler: FaultSocket } } },
});
