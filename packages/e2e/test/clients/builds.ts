import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import type { AnyChannel, AnyPhoenix, AnySocket } from './tour.js';

const require = createRequire(import.meta.url);

/** The last patch of every minor version that npm has, by the name it is installed under. 1.2 and 1.3 speak version 1 of the protocol. */
export const builds = ['phoenix-1.2', 'phoenix-1.3', 'phoenix-1.4', 'phoenix-1.5', 'phoenix-1.6', 'phoenix-1.7', 'phoenix'] as const;

export type Build = (typeof builds)[number];

/** The first of each. */
export const firstBuilds = [
  'phoenix-1.2.0',
  'phoenix-1.3.0',
  'phoenix-1.4.0',
  'phoenix-1.5.0',
  'phoenix-1.6.0',
  'phoenix-1.7.0',
  'phoenix-1.8.0',
] as const;

/** What others have made of it for Node, for bundlers, with other defaults. All speak version 1. */
export const ports = [
  'phoenix-channels',
  'phoenix-elixir',
  'phoenix-socket',
  'phoenix_js',
  'phoenixjs',
  'supabase-realtime-js-1.7',
] as const;

export type AnyBuild = Build | (typeof firstBuilds)[number] | (typeof ports)[number];

/** Made for pages: they want `window` where they are loaded, which would change what the others do if all could see it. */
const forPages: readonly AnyBuild[] = ['phoenix-1.4.0', 'phoenix-elixir', 'phoenix-socket', 'phoenix_js', 'phoenixjs'];

/** Supabase's first client is Phoenix's of the time, with other words for the same. */
function renamed(name: string): AnyPhoenix {
  interface Subscription extends AnyChannel {
    subscribe: AnyChannel['join'];
    unsubscribe: AnyChannel['leave'];
  }
  const { RealtimeClient } = require(name) as { RealtimeClient: AnyPhoenix['Socket'] };
  class Socket extends (RealtimeClient as new (url: string, options: object) => AnySocket) {
    override channel(topic: string, params?: object): AnyChannel {
      const channel = super.channel(topic, params) as Subscription;
      return Object.assign(channel, { join: channel.subscribe, leave: channel.unsubscribe });
    }
  }
  return { Socket, LongPoll: undefined };
}

export async function load(build: AnyBuild): Promise<AnyPhoenix> {
  if (build === 'supabase-realtime-js-1.7') return renamed(build);
  if (!forPages.includes(build)) {
    const module = (await import(build)) as Partial<AnyPhoenix> & { readonly default: AnyPhoenix };
    return module.Socket === undefined ? module.default : (module as AnyPhoenix);
  }
  const filename = require.resolve(build);
  const module = { exports: {} };
  compileFunction(readFileSync(filename, 'utf8'), ['module', 'exports', 'window'], { filename })(module, module.exports, {});
  return module.exports as AnyPhoenix;
}
