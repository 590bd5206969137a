import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Browser, launchBrowser } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Build, builds } from './builds.js';
import { type ConformanceServer, servers, startConformance } from './conformance-server.js';
import { TcpProxy } from './tcp-proxy.js';
import { type AnyPhoenix, REJECTED, TOUR, type TourOptions, tour } from './tour.js';

const require = createRequire(import.meta.url);

/** The build as a page loads it with a script element. */
function script(build: Build): string {
  return join(dirname(require.resolve(build)), 'phoenix.js');
}

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
}, 600_000);
afterAll(() => browser?.close());

describe.each(servers)('official clients in Chromium, $adapter, schedulers: $schedulers', (options) => {
  let server: ConformanceServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await startConformance(options);
    proxy = await TcpProxy.start(server.port);
  });
  afterAll(async () => {
    await proxy?.stop();
    expect(await server.child.kill()).toEqual({ code: 0, signal: null });
  });

  const transports = ['websocket', 'longpoll'] as const;
  // 1.2 polls for messages that are objects; Phoenix sends texts since 1.3, and so do we.
  const served = builds
    .flatMap((build) => transports.map((transport) => [build, transport] as const))
    .filter(([build, transport]) => build !== 'phoenix-1.2' || transport !== 'longpoll');
  it.each(served)('%s, %s', { timeout: 60_000 }, async (build, transport) => {
    const page = await browser.context.newPage();
    try {
      await page.goto(`http://${proxy.host}/`);
      await page.exposeFunction('cut', () => proxy.cut());
      await page.exposeFunction('mend', () => proxy.mend());
      // Until 1.3 the script says `exports` where it finds it, later ones `Phoenix`.
      await page.evaluate('globalThis.exports = globalThis.Phoenix = {}');
      await page.addScriptTag({ path: script(build) });
      await page.evaluate(`globalThis.tour = ${tour}`);
      const quietRefusal = transport === 'longpoll' && builds.indexOf(build) < builds.indexOf('phoenix-1.5');
      const given = { host: proxy.host, transport, run: randomUUID(), quietRefusal };
      const seen = await page.evaluate((given) => {
        const { tour, Phoenix, exports, cut, mend } = globalThis as unknown as {
          tour(phoenix: AnyPhoenix, options: TourOptions): Promise<object>;
          Phoenix: AnyPhoenix;
          exports: AnyPhoenix;
          cut(): Promise<void>;
          mend(): Promise<void>;
        };
        return tour('Socket' in Phoenix ? Phoenix : exports, { ...given, cut, mend });
      }, given);
      expect(seen).toEqual(quietRefusal ? TOUR : { ...TOUR, ...REJECTED });
    } finally {
      await page.close();
    }
  });
});
