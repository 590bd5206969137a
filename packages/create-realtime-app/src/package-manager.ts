/** The commands of each package manager, as a user would type them. */
const MANAGERS = {
  npm: { install: 'npm install', run: 'npm run', test: 'npm test' },
  pnpm: { install: 'pnpm install', run: 'pnpm', test: 'pnpm test' },
  yarn: { install: 'yarn install', run: 'yarn', test: 'yarn test' },
  // `bun test` is another test runner.
  bun: { install: 'bun install', run: 'bun run', test: 'bun run test' },
} as const;

export type PackageManager = keyof typeof MANAGERS;

export const packageManagers = Object.keys(MANAGERS) as readonly PackageManager[];

export function isPackageManager(name: string | undefined): name is PackageManager {
  return packageManagers.some((known) => known === name);
}

export const commandsOf = (manager: PackageManager) => MANAGERS[manager];

/** The one that started this program, which its `npm_config_user_agent` tells: `pnpm/12.21.0 npm/? node/...`. */
export function startedBy(userAgent: string | undefined): PackageManager | undefined {
  const name = userAgent?.split('/')[0];
  return isPackageManager(name) ? name : undefined;
}
