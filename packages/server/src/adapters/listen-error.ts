import { createServer } from 'node:net';

export type ListenErrorCode = 'port_in_use' | 'port_not_permitted' | 'bad_host' | 'listen_failed';

/** The server could not listen. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code: ListenErrorCode;

  constructor(code: ListenErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
  }
}

/** What an error of the operating system means for whoever chose port and host. */
export function listenError(error: NodeJS.ErrnoException, port: number, host: string | undefined): ListenError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new ListenError('port_in_use', `port ${port} is in use: stop the other server or choose another port with PORT`);
    case 'EACCES':
      return new ListenError('port_not_permitted', `port ${port} needs permission of the operating system: choose one above 1023`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ListenError('bad_host', `host: expected an address of this machine, got '${host}'`);
    default:
      return new ListenError('listen_failed', `cannot listen on port ${port}: ${error.message}`, error);
  }
}

/** Why one cannot listen there: finds out by trying, for a server that does not tell. */
export function whyNot(port: number, host: string | undefined): Promise<ListenError> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error) => resolve(listenError(error, port, host)));
    probe.listen(port, host, () =>
      probe.close(() => resolve(new ListenError('listen_failed', `cannot listen on port ${port}, for an unknown reason`))),
    );
  });
}
