/** What an app can begin as. */
const TEMPLATES = {
  chat: 'rooms, messages, people: supervised processes that may crash',
  minimal: 'one server, one channel, one page',
  tracker: 'who is where on a map, live on a canvas',
} as const;

export type Template = keyof typeof TEMPLATES;

export const templates = Object.keys(TEMPLATES) as readonly Template[];

export const describeTemplate = (template: Template): string => TEMPLATES[template];

export function isTemplate(name: string): name is Template {
  return Object.hasOwn(TEMPLATES, name);
}

/** What can be added to any of them. */
const FEATURES = {
  presence: 'Presence: show who is there',
  cluster: 'Cluster: several nodes, joined over NATS',
  auth: 'Auth: signed tokens instead of names on trust',
  uws: 'The native server (faster, 113 MB, Node 18 and 20)',
} as const;

export type Feature = keyof typeof FEATURES;

export const features = Object.keys(FEATURES) as readonly Feature[];

export const describeFeature = (feature: Feature): string => FEATURES[feature];
