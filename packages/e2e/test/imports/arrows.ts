/** Who may import whom; a package that is missing here may import nobody. `docs/explanation/decisions.md` holds the reasons. */
export const arrows: { readonly [folder: string]: readonly string[] | 'anyone' } = {
  kernel: [],
  threads: ['kernel'],
  pubsub: ['kernel'],
  cluster: ['kernel', 'pubsub'],
  redis: ['kernel', 'pubsub'],
  channels: ['kernel', 'pubsub'],
  server: ['channels', 'threads', 'kernel', 'pubsub'],
  client: [],
  testing: ['kernel', 'pubsub', 'channels'],
  cli: ['kernel', 'channels', 'cluster', 'server'],
  rekindle: ['kernel', 'threads', 'pubsub', 'cluster', 'channels', 'server', 'cli'],
  'create-realtime-app': [],
  e2e: 'anyone',
};

/** What a package imports without depending on it: its bundles hold what is used of it. */
export const takenIn: { readonly [folder: string]: readonly string[] } = { server: ['zod'] };
