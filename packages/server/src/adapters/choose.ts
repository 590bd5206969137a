import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { MisuseError } from '@rekindle/kernel';
import type { ServerAdapter, TlsFiles } from './adapter.js';
import { NodeAdapter } from './node.js';
import { UwsAdapter } from './uws.js';

export type AdapterChoice = 'auto' | 'uws' | 'node';

/**
 * The adapter that serves: uWebSockets.js where its native part loads, else node:http and ws, with one line that says why.
 * uWebSockets.js builds from npm fall back to a slow JavaScript imitation of themselves; that one is never used.
 */
export function chooseAdapter(choice: AdapterChoice, tls: TlsFiles | null, log: (line: string) => void): ServerAdapter {
  if (choice === 'node') return new NodeAdapter();
  const loaded = tls?.clientCaFile === undefined ? loadUws() : 'it does not tell the certificates of clients (tls.clientCaFile)';
  if (typeof loaded !== 'string') return new UwsAdapter(loaded);
  if (choice === 'uws') throw new MisuseError('bad_option', `adapter 'uws' cannot be used: ${loaded}`);
  log(`serving with node:http and ws: ${loaded}`);
  return new NodeAdapter();
}

/** Why the native adapter cannot be used here; undefined when it can. */
export function uwsProblem(): string | undefined {
  const loaded = loadUws();
  return typeof loaded === 'string' ? loaded : undefined;
}

/** uWebSockets.js, or why it cannot be used. */
function loadUws(): typeof import('uWebSockets.js') | string {
  const require = createRequire(import.meta.url);
  let main: string;
  try {
    main = require.resolve('uWebSockets.js');
  } catch {
    return 'uWebSockets.js is not installed';
  }
  const binary = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
  const places = [dirname(main), join(dirname(main), '..', 'binaries')];
  const native = places.map((place) => join(place, binary)).find((file) => existsSync(file));
  if (native === undefined) {
    return `uWebSockets.js has no native part for Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  }
  if (process.env.UWS_USE_FALLBACK !== undefined) return 'UWS_USE_FALLBACK is set';
  try {
    require(native); // first, because some builds do not say why it cannot be loaded
    const uws = require('uWebSockets.js') as typeof import('uWebSockets.js');
    return isNative(uws.App) ? uws : 'the native part of uWebSockets.js could not be loaded';
  } catch (error) {
    return `uWebSockets.js could not be loaded (${firstLine(error)})`;
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] as string;
}

function isNative(fn: unknown): boolean {
  return Function.prototype.toString.call(fn).includes('[native code]');
}
