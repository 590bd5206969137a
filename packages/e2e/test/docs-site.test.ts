import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { type Browser, launchBrowser, root, start } from '@rekindle/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The documentation as a site: its build fails for a link that leads nowhere.

const SLOW = 300_000;
const dist = `${root}/docs/.vitepress/dist`;
const types: { readonly [end: string]: string } = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

let server: Server;
let browser: Browser;
let at: string;

beforeAll(async () => {
  const env = { DO_NOT_TRACK: '1', NODE_ENV: 'production', VITEST: undefined };
  for (const [program, ...args] of [['vitepress', 'build', '.'], ['typedoc'], ['typedoc', '--json', '.vitepress/dist/api.json']] as const) {
    const child = await start(`${root}/docs/node_modules/.bin/${program}`, args, { cwd: `${root}/docs`, env });
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`${program} ended with code ${code}:\n${child.output}`);
  }
  server = createServer(({ url = '/' }, response) => {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
    const file = [path, `${path}.html`, `${path}/index.html`]
      .map((name) => join(dist, name))
      .find((name) => existsSync(name) && extname(name) !== '');
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  at = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  browser = await launchBrowser();
}, SLOW);
afterAll(async () => {
  await browser?.close();
  server?.close();
});

describe('the documentation', () => {
  it('has a page for each of its files, and the API', () => {
    const pages = ['tutorial', 'guides', 'reference', 'explanation'].flatMap((folder) =>
      readdirSync(`${root}/docs/${folder}`).map((name) => `${folder}/${name.replace(/\.md$/, '.html')}`),
    );
    expect(pages.filter((page) => !existsSync(`${dist}/${page}`))).toEqual([]);
    for (const page of ['classes/rekindle_src.GenServer.html', 'functions/testing_src.assertReply.html'])
      expect(existsSync(`${dist}/api/${page}`), page).toBe(true);
  });

  it('has the place in a page that a link names', () => {
    const pages = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.md') && !name.includes('node_modules') && !name.startsWith('.'),
    );
    const links = pages.flatMap((page) =>
      [...readFileSync(`${root}/docs/${page}`, 'utf8').matchAll(/\]\(([\w./-]*\.md)#([\w-]+)\)/g)].map(([, to = '', place = '']) => ({
        page,
        file: `${dist}/${relative(`${root}/docs`, resolve(`${root}/docs`, dirname(page), to)).replace(/\.md$/, '.html')}`,
        place,
      })),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter(({ file, place }) => existsSync(file) && !readFileSync(file, 'utf8').includes(`id="${place}"`))).toEqual([]);
  });

  it('says something about everything that is exported', () => {
    const api = JSON.parse(readFileSync(`${dist}/api.json`, 'utf8')) as Reflection;
    expect(undocumented(api)).toEqual([]);
  });

  it('answers from its contents page, and its search works without a network', async () => {
    const page = await browser.context.newPage();
    await page.route('**', (route) => (route.request().url().startsWith(at) ? route.continue() : route.abort()));
    await page.goto(at);
    for (const question of [
      'restart strategy',
      'timeout',
      'other nodes',
      'who may join',
      'test a crash',
      'back-pressure',
      'deploy without dropping clients',
      'one process for each room',
      'why a handler is slow',
      'external API from a channel',
      'how many nodes',
      'what to monitor',
    ])
      expect(await page.getByRole('cell', { name: question }).count(), question).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'Search' }).first().click();
    await page.getByRole('searchbox').fill('virtual time');
    await page.getByRole('option').filter({ hasText: 'Testing' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Testing' }).waitFor();
  }, 60_000);
});

interface Reflection {
  readonly name: string;
  readonly kind: number;
  readonly comment?: unknown;
  readonly children?: readonly Reflection[];
  readonly signatures?: readonly Reflection[];
  readonly type?: { readonly declaration?: Reflection };
}

// Kinds of TypeDoc's reflections: what holds exports, and a name that stands for another export.
const HOLDERS: readonly number[] = [1, 2, 4];
const REFERENCE = 4_194_304;

/** The exports without a word about them. */
function undocumented({ name, kind, children = [] }: Reflection): string[] {
  if (!HOLDERS.includes(kind)) return [];
  return children.flatMap((child) => [
    ...(HOLDERS.includes(child.kind) || child.kind === REFERENCE || hasComment(child) ? [] : [`${name}: ${child.name}`]),
    ...undocumented(child),
  ]);
}

function hasComment({ comment, signatures = [], type }: Reflection): boolean {
  return comment !== undefined || signatures.some(hasComment) || (type?.declaration !== undefined && hasComment(type.declaration));
}
