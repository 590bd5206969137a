import { jwtVerify } from 'jose';

/** What a client's token says of it. */
export interface ClientClaims {
  /** The user, whose topic is `user:<name>`; undefined for a client that is nobody in particular. */
  readonly user: string | undefined;
  /** Topics, or patterns, that it may join beside its own. */
  readonly topics: readonly string[];
  /** Milliseconds since 1970; undefined: the token does not expire. */
  readonly until: number | undefined;
}

/** What `token` says, if it is a JSON Web Token that was signed with the secret (HS256) and has not expired. */
export async function readToken(token: string, secret: string): Promise<ClientClaims | null> {
  if (secret === '') return null;
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(secret), { algorithms: ['HS256'] });
    const { sub, topics, exp } = payload;
    const allowed = Array.isArray(topics) ? topics.filter((topic) => typeof topic === 'string') : [];
    return { user: sub, topics: allowed, until: exp === undefined ? undefined : exp * 1000 };
  } catch {
    return null;
  }
}

/** Whether a client may join. */
export function mayJoin({ user, topics }: ClientClaims, publicTopics: readonly string[], topic: string): boolean {
  if (user !== undefined && topic === `user:${user}`) return true;
  return [...topics, ...publicTopics].some((pattern) =>
    pattern.endsWith('*') ? topic.startsWith(pattern.slice(0, -1)) : topic === pattern,
  );
}
