// The publish API's work without the publishing: uWebSockets.js reads the same bodies, parses them, and answers.
import { createRequire } from 'node:module';

/** What is used of it: its types are an optional peer's of the server package. */
interface Response {
  onAborted(then: () => void): void;
  onData(take: (chunk: ArrayBuffer, isLast: boolean) => void): void;
  cork(write: () => void): void;
  writeHeader(name: string, value: string): Response;
  end(body: string): void;
}
interface App {
  post(path: string, handle: (response: Response) => void): App;
  listen(host: string, port: number, listening: (token: unknown) => void): App;
}
interface Uws {
  App(): App;
  us_socket_local_port(token: unknown): number;
}

const uws = createRequire(new URL('../../../packages/server/package.json', import.meta.url))('uWebSockets.js') as Uws;

uws
  .App()
  .post('/api/publish', (response) => {
    let body = Buffer.alloc(0);
    response.onAborted(() => {});
    response.onData((chunk, isLast) => {
      body = Buffer.concat([body, Buffer.from(chunk)]);
      if (!isLast) return;
      const parsed = JSON.parse(body.toString()) as { messages?: unknown[] };
      const answer = JSON.stringify({ published: parsed.messages?.length ?? 1, repeated: 0 });
      response.cork(() => response.writeHeader('content-type', 'application/json').end(answer));
    });
  })
  .listen('127.0.0.1', 0, (token) => console.log(`listening on ${uws.us_socket_local_port(token)}`));
