import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Browser, type Child, freePort, launchBrowser, root, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { bin } from '../support/rekindle.js';

// What somebody sees whose channel calls something of the framework wrongly: the error is thrown in there, the mistake is out here.
// The framework is linked, so that its frames have no `node_modules` in their paths.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const CHANNEL = `import { Channel, GenServer, whereis } from 'rekindle';

class Board extends GenServer {
  size() {
    return 0;
  }
}

export class BoardChannel extends Channel {
  override join(): void {}

  async handleIn(event: string): Promise<unknown> {
    await Promise.resolve();
    if (event === 'look') return whereis(7 as never);
    return await this.call(Board.at('board'), 'size');
  }
}
`;
const files: { readonly [path: string]: string } = {
  'package.json': '{ "name": "board", "private": true, "type": "module" }',
  'tsconfig.json':
    '{ "compilerOptions": { "target": "es2023", "module": "nodenext", "types": ["node"], "rootDir": "src", "outDir": "dist", "sourceMap": true }, "include": ["src"] }',
  'src/board-channel.ts': CHANNEL,
  'src/application.ts': `
    import { defineApplication, routes, Socket } from 'rekindle';
    import { BoardChannel } from './board-channel.js';
    class UserSocket extends Socket {
      static channels = routes({ 'board:*': BoardChannel });
      override connect() {
        return {};
      }
    }
    export default defineApplication({
      children: [],
      endpoint: { sockets: { '/socket': { handler: UserSocket } }, static: { '/': new URL('../public/', import.meta.url) } },
    });`,
  'src/main.ts': `
    import { startApplication } from 'rekindle';
    await startApplication({
      module: new URL('application.js', import.meta.url),
      port: Number(process.env.PORT),
      schedulers: 1,
      stopOnSignals: true,
    });`,
  'public/index.html': `<!doctype html>
    <html lang="en"><head><title>Board</title></head>
    <script>
      const socket = new WebSocket('/socket/websocket?vsn=2.0.0');
      socket.onopen = () => {
        for (const event of ['look', 'ask']) {
          socket.send(JSON.stringify([event, '1', 'board:' + event, 'phx_join', {}]));
          socket.send(JSON.stringify([event, '2', 'board:' + event, event, {}]));
        }
      };
    </script></html>`,
};

let folder: TempFolder;
let browser: Browser;
let dev: Child;
let port: number;

beforeAll(async () => {
  folder = tempFolder('run-time-error');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(`${folder.path}/${path}`), { recursive: true });
    writeFileSync(`${folder.path}/${path}`, text);
  }
  mkdirSync(`${folder.path}/node_modules/@types`, { recursive: true });
  symlinkSync(`${root}/packages/rekindle`, `${folder.path}/node_modules/rekindle`);
  for (const name of ['typescript', '@types/node']) symlinkSync(`${root}/node_modules/${name}`, `${folder.path}/node_modules/${name}`);
  browser = await launchBrowser();
  port = await freePort();
  dev = await startNode(bin, ['dev', '--port', String(port)], {
    cwd: folder.path,
    env: { NATS_URL: undefined, NODE_NAME: undefined, HOST: undefined },
    ready: /^Running \(\d+ ms\)$/m,
    timeoutMs: 60_000,
  });
});
afterAll(async () => {
  await dev?.kill();
  await browser?.close();
  folder?.remove();
});

it("shows the lines of the user's channel in the page and in the terminal", async () => {
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${port}/`);
  for (const [call, error] of [
    ['whereis(', 'MisuseError: expected a name'],
    ['call(', "CallError: call 'size' to 'board' failed: noproc"],
  ] as const) {
    const lines = CHANNEL.split('\n');
    const line = lines.findIndex((text) => text.includes(call)) + 1;
    const where = `src/board-channel.ts:${line}:${(lines[line - 1] as string).indexOf(call) + 1}`;
    const problem = page.locator('#rekindle-overlay .crash').filter({ hasText: error }).first();
    await problem.waitFor();
    expect(await problem.textContent()).toMatch(new RegExp(`^${where}\nBoardChannel .*crashed: ${error}`));
    expect(dev.output).toContain(`${folder.path}/${where}`);
  }
  // The test is about this: the frames before these are the framework's, by their sources.
  expect(dev.output).toMatch(/crashed: .*\n +at .*\/packages\/kernel\/src\/.*\.ts:\d+:\d+/);
});
