import { startHaProxy } from './haproxy.js';
import { freePort } from './port.js';

/** A real HAProxy on loopback that gives each HTTP request to the next server, whichever client it comes from. */
export interface LoadBalancer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts it before servers on these ports; a server that does not answer gets nothing until it does again. */
export async function startLoadBalancer(ports: readonly number[]): Promise<LoadBalancer> {
  const port = await freePort();
  const { stop } = await startHaProxy(
    `
listen nodes
  mode http
  option redispatch
  timeout connect 1s
  bind 127.0.0.1:${port}
  balance roundrobin
${ports.map((server, i) => `  server node${i} 127.0.0.1:${server} check inter 200 fall 1 rise 1`).join('\n')}
`,
    [port],
  );
  return { port, close: stop };
}
