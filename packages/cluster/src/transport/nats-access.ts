// Spelled out: the declarations of NATS's client do not compile under `exactOptionalPropertyTypes`, and what is public here would
// bring them into every application.

/** What a function of NATS's client such as `credsAuthenticator` makes. */
type Authenticator = (
  nonce?: string,
) =>
  | void
  | { auth_token: string }
  | { user: string; pass?: string }
  | { nkey: string; sig: string }
  | { jwt: string; nkey?: string; sig?: string };

interface TlsFiles {
  readonly handshakeFirst?: boolean;
  readonly certFile?: string;
  readonly cert?: string;
  readonly caFile?: string;
  readonly ca?: string;
  readonly keyFile?: string;
  readonly key?: string;
}

/** Where NATS is and how to get in. */
export interface NatsAccess {
  /**
   * `'nats://127.0.0.1:4222'`, or several servers of one NATS cluster. The first one may hold a name and a password, or a token;
   * `tls://` insists on an encrypted connection.
   */
  readonly servers: string | string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly authenticator?: Authenticator | Authenticator[];
  readonly tls?: TlsFiles | null;
}
