import type { Measured } from '../kernel/workload.js';

/** A piece of work done in a fresh process; it warms up by itself. Throws when it did not come to the answer it has to come to. */
export type Workload = () => Promise<Measured | Measured[]>;
