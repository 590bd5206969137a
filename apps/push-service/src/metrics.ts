import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Counters } from 'rekindle';

/** What goes down too. */
const GAUGES = new Set(['connections', 'longPolls']);

/** Counters in Prometheus' text format. */
export function metricsText(counters: Counters): string {
  return Object.entries(counters)
    .map(([name, value]) => {
      const snake = `rekindle_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
      const isGauge = GAUGES.has(name);
      const full = isGauge ? snake : `${snake}_total`;
      return `# TYPE ${full} ${isGauge ? 'gauge' : 'counter'}\n${full} ${value}\n`;
    })
    .join('');
}

/** Serves them at `/metrics`, on a port that is not for clients. */
export async function serveMetrics(port: number, host: string, counters: () => Counters): Promise<{ port: number; server: Server }> {
  const server = createServer(({ url }, response) => {
    const found = url === '/metrics';
    response.writeHead(found ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(found ? metricsText(counters()) : 'not found\n');
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return { port: (server.address() as AddressInfo).port, server };
}
