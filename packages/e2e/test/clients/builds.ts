import { createRequire } from 'node:module';
import type { AnyPhoenix } from './tour.js';

const require = createRequire(import.meta.url);

/** The last patch of every minor version that npm has, by the name it is installed under. 1.2 and 1.3 speak version 1 of the protocol. */
export const builds = ['phoenix-1.2', 'phoenix-1.3', 'phoenix-1.4', 'phoenix-1.5', 'phoenix-1.6', 'phoenix-1.7', 'phoenix'] as const;

export type Build = (typeof builds)[number];

export function load(build: Build): AnyPhoenix {
  return require(build) as AnyPhoenix;
}
