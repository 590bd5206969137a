import { availableParallelism } from 'node:os';

/** The processors of this machine that the program may use: how many things are done side by side unless one says otherwise. */
export const parallelism: number = availableParallelism();
