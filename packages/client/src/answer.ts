import type { TypedPush } from './typed.js';

/** What became of a push or a join. */
export type Answer<Reply, Failure> =
  | { readonly status: 'ok'; readonly response: Reply }
  | { readonly status: 'error'; readonly response: Failure }
  | { readonly status: 'timeout' };

/**
 * Awaits the answer to a push: `const said = await answer(room.push('new_msg', { body }))`. Never rejects: a refusal is a
 * value, with its type. Of a `join` it is the first answer; later ones, after rejoins, go to callbacks of `receive` only.
 */
export function answer<Reply, Failure>(push: TypedPush<Reply, Failure>): Promise<Answer<Reply, Failure>> {
  return new Promise((resolve) => {
    push
      .receive('ok', (response) => resolve({ status: 'ok', response }))
      .receive('error', (response) => resolve({ status: 'error', response }))
      .receive('timeout', () => resolve({ status: 'timeout' }));
  });
}
