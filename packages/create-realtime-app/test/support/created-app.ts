import { existsSync } from 'node:fs';
import { freePort, startNode } from '@rekindle/e2e';
import type { Page } from 'playwright-core';
import type { Registry } from './registry.js';
import { run } from './run.js';

export type Manager = 'pnpm' | 'npm' | 'yarn' | 'bun';

/** The package managers as somebody has them who has installed nothing else. */
const PROGRAMS: { readonly [M in Manager]: readonly string[] } = {
  npm: ['npm'],
  pnpm: ['npx', '--yes', 'pnpm@12.21.0'],
  yarn: ['npx', '--yes', '@yarnpkg/cli-dist@4.18.1'],
  bun: ['npx', '--yes', 'bun@1.4.5'],
};
const CREATE: { readonly [M in Manager]: readonly string[] } = {
  npm: ['create', 'realtime-app@latest', '--yes', '--'],
  pnpm: ['create', 'realtime-app'],
  yarn: ['create', 'realtime-app'],
  bun: ['create', 'realtime-app'],
};

/** An app made by `create`, in the folder it was made in. */
export class CreatedApp {
  readonly folder: string;
  readonly #manager: Manager;
  readonly #registry: Registry;

  private constructor(folder: string, manager: Manager, registry: Registry) {
    this.folder = folder;
    this.#manager = manager;
    this.#registry = registry;
  }

  /** `pnpm create realtime-app NAME ...`, dependencies included. */
  static async create(registry: Registry, cwd: string, manager: Manager, name: string, ...options: string[]): Promise<CreatedApp> {
    const [program = '', ...args] = [
      ...PROGRAMS[manager],
      ...CREATE[manager],
      name,
      ...options,
      '--yes', // `bun create` takes no -y
      '--no-git',
      '--no-install',
      '--pm',
      manager,
    ];
    const { [program]: _, ...env } = registry.env;
    await run(program, args, { cwd, env });
    const app = new CreatedApp(`${cwd}/${name}`, manager, registry);
    await app.#install();
    return app;
  }

  /**
   * Yarn asks for packages of all platforms, also for those that it does not install. A mirror of the registry may lack some of these:
   * empty ones take their place.
   */
  async #install(): Promise<void> {
    for (const asked = new Set<string>(); ; ) {
      try {
        await this.manager('install');
        return;
      } catch (error) {
        const absent = [...String(error).matchAll(/YN00(?:35|82): │ (\S+)@npm:(\d\S*): (?:Package not found|No candidates found)/g)];
        if (absent.every(([, name = '']) => asked.has(name))) throw error;
        for (const [, name = '', version = ''] of absent) {
          asked.add(name);
          await this.#registry.fill(name, version);
        }
      }
    }
  }

  /** A command of its package manager. */
  manager(...args: string[]): Promise<string> {
    // `bun test` is another test runner.
    if (this.#manager === 'bun' && args[0] === 'test') args.unshift('run');
    const [program = '', ...first] = PROGRAMS[this.#manager];
    return run(program, [...first, ...args], { cwd: this.folder, env: { ...this.#registry.env, CI: undefined } });
  }

  /** The app's own `rekindle`, or another program it has. */
  program(name: string, ...args: string[]): Promise<string> {
    return run(`${this.folder}/node_modules/.bin/${name}`, args, { cwd: this.folder });
  }

  /** Starts what is built, opens its page, and hands both to `use`. */
  async open(page: Page, use: (port: number) => Promise<void>): Promise<void> {
    const port = await freePort();
    const server = await startNode('dist/main.js', [], { cwd: this.folder, env: { PORT: String(port) }, ready: /^Listening on http/m });
    try {
      page.once('dialog', (dialog) => void dialog.accept('Ann'));
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.locator('#status').getByText('Connected', { exact: true }).waitFor();
      await use(port);
      server.signal('SIGTERM');
      const { code } = await server.exited;
      if (code !== 0) throw new Error(`the app ended with code ${code}:\n${server.output}`);
    } finally {
      await server.kill();
    }
  }

  has(file: string): boolean {
    return existsSync(`${this.folder}/${file}`);
  }
}
