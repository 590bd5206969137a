import type { MatchContract, ScoreContract } from './contracts.js';

/** A line of a match's commentary; with the score, when it has changed. */
export interface Report {
  readonly match: string;
  readonly line: MatchContract['out']['line'];
  readonly score?: ScoreContract['out']['score'];
}

export interface Service {
  readonly url: string;
  readonly key: string;
}

const ATTEMPTS = 5;

/**
 * Publishes both in one request: all of it or nothing. A request that got no answer is sent again with the same id, and whoever
 * has had it gets nothing twice.
 */
export async function report({ url, key }: Service, { match, line, score }: Report, id: string): Promise<void> {
  const messages = [
    { topic: `match:${match}`, event: 'line', payload: line },
    ...(score === undefined ? [] : [{ topic: `score:${match}`, event: 'score', payload: score }]),
  ];
  const request = {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'idempotency-key': id },
    body: JSON.stringify({ messages }),
  };
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(`${url}/api/publish`, request).catch((error: unknown) => {
      if (attempt === ATTEMPTS) throw error;
      return null;
    });
    if (response?.ok === true) return;
    // What was refused would be refused again.
    if (response !== null) throw new Error(`publishing was refused: ${response.status} ${await response.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
  }
}
