import { type Pid, spawn } from '@rekindle/kernel';
import { attach, installKernel, Kernel, Owned, type ProcessId } from '@rekindle/kernel/internal';
import { afterEach, beforeEach, expect, it } from 'vitest';

beforeEach(() => {
  installKernel(new Kernel());
});
afterEach(() => {
  installKernel(null);
});

/** Says on its owner's end that it is gone. */
class Leaving extends Owned {
  readonly #told: Pid<string>;
  constructor(told: Pid<string>) {
    super();
    this.#told = told;
  }
  override release(): void {
    this.#told.send('gone');
  }
}

/** A process, and the first message that it gets. */
function listener(): { told: Pid<string>; heard: Promise<string> } {
  let told!: Pid<string>;
  const heard = new Promise<string>((resolve) => {
    told = spawn<string>(async (context) => resolve(await context.receive()));
  });
  return { told, heard };
}

it('what the end of a process sets off is sent, also when the process ends in its own code', async () => {
  const { told, heard } = listener();
  spawn((context) => {
    attach((context.self as ProcessId).proc, new Leaving(told));
  });
  expect(await heard).toBe('gone');
});

it('but what the process itself does after its end has no effect', async () => {
  const { told, heard } = listener();
  spawn((context) => {
    context.exit(context.self, 'kill');
    told.send('from the dead');
  });
  told.send('alive');
  expect(await heard).toBe('alive');
});
