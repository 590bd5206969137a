// How the JetStream API says no.

export const NO_MESSAGE = 10_037;
export const STREAM_NOT_FOUND = 10_059;
export const STREAM_NAME_IN_USE = 10_058;

export function apiCode(error: unknown): number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'number' ? code : undefined;
}

/** It was answered, with a no. */
export function isRefusal(error: unknown): boolean {
  const { name } = error as { readonly name?: unknown };
  return apiCode(error) !== undefined || name === 'JetStreamNotEnabled' || name === 'NoRespondersError';
}
