import { constants } from 'node:os';
import { EXIT_FATAL, endProcess } from './end-process.js';
import { print } from './logger.js';

/** Ctrl-C under `npm start` arrives twice, from the terminal and from npm: what comes at once is one request. */
const ONE_REQUEST_MS = 500;

/** The first SIGINT or SIGTERM calls `stop` and lets it finish; a second one ends the process at once. */
export function stopOnSignals(stop: () => Promise<void>, endThreads: () => Promise<number>): void {
  let askedAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (askedAt === undefined) {
        askedAt = now;
        void stop().then(
          () => endProcess(0, endThreads),
          (error: unknown) => {
            print('error', error instanceof Error ? error.message : String(error));
            void endProcess(EXIT_FATAL, endThreads);
          },
        );
      } else if (now - askedAt > ONE_REQUEST_MS) void endProcess(128 + constants.signals[signal], endThreads);
    });
  }
}
