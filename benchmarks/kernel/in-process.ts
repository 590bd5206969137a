import { type Context, spawn } from '@rekindle/kernel';

/** Runs `body` as a process of its own; settles as the body does. */
export function inProcess<M, T>(body: (context: Context<M>) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    spawn<M>(async (context) => {
      try {
        resolve(await body(context));
      } catch (error) {
        reject(error);
      }
    });
  });
}
