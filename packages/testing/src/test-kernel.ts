import { Codec, Debug, Kernel, type KernelOptions, type Proc } from '@rekindle/kernel/internal';

/** How many events of each process a failure can show. */
const KEPT = 10;

/** A kernel that remembers what each server has done last, so that a failed assertion can show it. */
export class TestKernel extends Kernel {
  constructor(options: KernelOptions) {
    super(options);
    // As in development: what is sent is copied, as it would be between threads.
    this.codec = new Codec(this);
  }

  override create(...args: Parameters<Kernel['create']>): Proc {
    const proc = super.create(...args);
    const debug = Debug.of(proc);
    debug.log = [];
    debug.logLength = KEPT;
    debug.apply(proc);
    return proc;
  }
}
