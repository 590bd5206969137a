import { constants } from 'node:os';

/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm: what comes at once is one request. */
const ONE_REQUEST_MS = 500;

/** The first SIGINT or SIGTERM calls `stop` and lets it finish; a second one ends the process at once. */
export function stopOnSignals(stop: () => Promise<void>): void {
  let askedAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (askedAt === undefined) {
        askedAt = now;
        void stop().then(() => process.exit(0));
      } else if (now - askedAt > ONE_REQUEST_MS) process.exit(128 + constants.signals[signal]);
    });
  }
}
