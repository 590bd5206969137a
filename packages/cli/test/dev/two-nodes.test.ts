import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Child, debianProgram, natsServer, root, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { bin, rekindle } from '../support/rekindle.js';

// `rekindle dev --nodes 2`, with a nats-server of its own, as on the machine of somebody who has one installed.

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const files: { readonly [path: string]: string } = {
  'package.json': '{ "private": true, "type": "module" }',
  'tsconfig.json':
    '{ "compilerOptions": { "target": "es2023", "module": "nodenext", "types": ["node"], "rootDir": "src", "outDir": "dist" }, "include": ["src"] }',
  'src/application.ts': `
    import { defineApplication, GenServer, monitorNodes, nodes } from 'rekindle';
    const me = process.env.NODE_NAME;
    class Lookout extends GenServer {
      override init(): void {
        monitorNodes();
        for (const node of nodes()) console.log(\`\${me} sees \${node}\`);
      }
      override handleInfo(message: { type: string; node?: string }): void {
        if (message.type === 'nodeup') console.log(\`\${me} sees \${message.node}\`);
      }
    }
    export default defineApplication({ children: [Lookout] });`,
  'src/main.ts': `
    import { startApplication } from 'rekindle';
    const { PORT, NODE_NAME = 'alone', NATS_URL = '' } = process.env;
    await startApplication({
      module: new URL('application.js', import.meta.url),
      port: Number(PORT),
      schedulers: 0,
      node: NODE_NAME,
      cluster: { name: 'dev', servers: NATS_URL },
      stopOnSignals: true,
      control: '.rekindle',
    });`,
};

let folder: TempFolder;
let dev: Child;

beforeAll(async () => {
  folder = tempFolder('two-nodes');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(`${folder.path}/${path}`), { recursive: true });
    writeFileSync(`${folder.path}/${path}`, text);
  }
  mkdirSync(`${folder.path}/node_modules/@types`, { recursive: true });
  symlinkSync(`${root}/packages/rekindle`, `${folder.path}/node_modules/rekindle`);
  for (const name of ['typescript', '@types/node']) symlinkSync(`${root}/node_modules/${name}`, `${folder.path}/node_modules/${name}`);
  const PATH = `${dirname(await debianProgram(natsServer))}:${process.env.PATH}`;
  const env = { PATH, NATS_URL: undefined, NODE_NAME: undefined, PORT: undefined, HOST: undefined };
  dev = await startNode(bin, ['dev', '--nodes', '2', '--port', '0'], { cwd: folder.path, env });
});
afterAll(async () => {
  await dev?.kill();
  folder?.remove();
});

async function bothSee(from: number): Promise<void> {
  await dev.waitFor(/dev-1 sees dev-2/, { from });
  await dev.waitFor(/dev-2 sees dev-1/, { from });
}

it('starts nodes that tell what they know of each other', async () => {
  await bothSee(0);
  const { code, output } = await rekindle(folder.path, ['cluster', 'status']);
  expect(code).toBe(0);
  for (const [own, other] of [
    ['dev-1', 'dev-2'],
    ['dev-2', 'dev-1'],
  ]) {
    const its = output.slice(output.indexOf(`${own}: process`)).split(/\n(?! )/)[0];
    expect(its).toMatch(new RegExp(`^${own}: process \\d+, port \\d+, 0 schedulers, up \\d+ s, sees ${other}$`, 'm'));
    expect(its).toMatch(
      new RegExp(`^  node ${other}, incarnation \\d+, phase up, bufferedBytes \\d+, waitingFrames \\d+, silentMs \\d+$`, 'm'),
    );
    expect(its).toMatch(/^ {2}groups: \d+; names: \d+$/m);
    expect(its).toMatch(/^ {2}connected: true$/m);
    expect(its).toMatch(/^ {2}signals: sent \d+, received \d+$/m);
    expect(its).toMatch(/^ {2}broadcasts: .*\bdroppedSlow 0\b.*\btopics \d+/m);
  }
});

it('starts two nodes that see each other, and again after a change, and ends when it is told to', async () => {
  await bothSee(0);
  expect(dev.output.match(/^Developing at http:\/\/localhost:\d+$/gm)).toHaveLength(2);
  const from = dev.output.length;
  const source = `${folder.path}/src/application.ts`;
  writeFileSync(source, `${readFileSync(source, 'utf8')}\n// changed\n`);
  await dev.waitFor(/^Running \(\d+ ms\)$/m, { from });
  await bothSee(from);
  dev.signal('SIGTERM');
  expect(await dev.exited).toEqual({ code: 0, signal: null });
});
