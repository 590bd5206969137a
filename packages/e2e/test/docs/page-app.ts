import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Child, freePort, root, start, startNode, type TempFolder, tempFolder } from '@rekindle/e2e';

/** Where a package is found, by the folder whose `node_modules` have it. */
const INSTALLED = ['', 'docs', 'packages/e2e', 'packages/create-realtime-app', 'apps/chat'];

/** The app that a page of the documentation makes: its files as the page has them, the packages that it installs. */
export class PageApp {
  readonly #folder: TempFolder;
  #server: Child | undefined;
  port = 0;

  constructor(name: string) {
    this.#folder = tempFolder(name);
  }

  /** Does what a part of the page tells its reader to: writes the files, installs, builds. */
  async follow(part: string): Promise<void> {
    for (const { path, text } of filesIn(part)) {
      mkdirSync(dirname(join(this.#folder.path, path)), { recursive: true });
      writeFileSync(join(this.#folder.path, path), text);
    }
    for (const name of installedBy(part)) this.#install(name);
    await this.#run('typescript/bin/tsc');
  }

  /** `node dist/main.js`, on a free port. */
  async start(): Promise<number> {
    this.port = await freePort();
    const env = { PORT: String(this.port), VITEST: undefined };
    this.#server = await startNode('dist/main.js', [], { cwd: this.#folder.path, env, ready: /^Listening on /m });
    return this.port;
  }

  get output(): string {
    return this.#server?.output ?? '';
  }

  /** Answers its exit code. */
  async stop(): Promise<number | null> {
    const exit = await this.#server?.kill();
    this.#server = undefined;
    return exit?.code ?? null;
  }

  /** `npx vitest run`; the output, whether or not it passes. */
  async test(variables: NodeJS.ProcessEnv = {}): Promise<string> {
    const env = { VITEST: undefined, NODE_ENV: undefined, ...variables };
    // What is installed is run as it is; vitest knows it by its path, which leads into this repository. The machine may be busy.
    writeFileSync(
      join(this.#folder.path, 'node_modules/external.mjs'),
      `export default { test: { testTimeout: 60_000, server: { deps: { external: [/\\/packages\\//] } } } };`,
    );
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--root', '.', '--config', 'node_modules/external.mjs'];
    const child = await start(process.execPath, args, { cwd: this.#folder.path, env });
    await child.exited;
    return child.output;
  }

  async remove(): Promise<void> {
    await this.stop();
    this.#folder.remove();
  }

  /** As npm would, but from this repository. */
  #install(name: string): void {
    const places = INSTALLED.map((folder) => join(root, folder, 'node_modules'));
    const place = places.find((one) => existsSync(join(one, name)));
    if (place === undefined) throw new Error(`the page installs ${name}, which is in none of ${INSTALLED.join(', ')}`);
    const link = join(this.#folder.path, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(place, name), link);
  }

  async #run(script: string): Promise<void> {
    const child = await startNode(`node_modules/${script}`, [], { cwd: this.#folder.path });
    const { code } = await child.exited;
    if (code !== 0) throw new Error(`${script} ended with code ${code}:\n${child.output}`);
  }
}

/** A block below a line that is nothing but the path of a file. */
function filesIn(part: string): { path: string; text: string }[] {
  return [...part.matchAll(/^`([\w./-]+)`:\n\n```.*\n([\s\S]*?)^```$/gm)].map(([, path = '', text = '']) => ({ path, text }));
}

function installedBy(part: string): string[] {
  return [...part.matchAll(/^npm install (.+)$/gm)].flatMap(([, names = '']) => names.split(' ').filter((name) => !name.startsWith('--')));
}

/** The page's parts, by heading, those that make something. */
export function partsOf(page: string): { readonly heading: string; readonly text: string }[] {
  const [, ...parts] = readFileSync(`${root}/docs/${page}`, 'utf8').split(/^## /m);
  return parts.map((text) => ({ heading: text.split('\n', 1)[0] ?? '', text }));
}
