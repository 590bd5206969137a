import { type IncomingHttpHeaders, request as send } from 'node:http';

export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  /** As it came: nothing is decompressed. */
  readonly body: Buffer;
}

/** One request that says only what it is told to: `fetch` adds headers and decompresses. The path goes out as it is. */
export function request(url: string, headers: { [name: string]: string } = {}, method = 'GET'): Promise<Answer> {
  const [, host = '', port = '', path = '/'] = /^http:\/\/([^:]+):(\d+)(.*)$/.exec(url) ?? [];
  return new Promise((resolve, reject) => {
    const sent = send({ host, port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end();
  });
}
