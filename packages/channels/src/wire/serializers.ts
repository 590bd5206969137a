import type { Serializer } from './message.js';
import { sse } from './sse.js';
import { v1 } from './v1.js';
import { v2 } from './v2.js';

const IDENTIFIER = '[0-9A-Za-z-]+';
/** Of what comes before a version; a number among them has no zeros in front. */
const BEFORE = '(?:0|[1-9]\\d*|\\d*[A-Za-z-][0-9A-Za-z-]*)';
/** What Phoenix's requirements `~> 1.0.0` and `~> 2.0.0` match: also builds, and what comes before 1.0.1 or later. */
const VERSION = new RegExp(`^([12])\\.0\\.(0|[1-9]\\d*)(-${BEFORE}(?:\\.${BEFORE})*)?(?:\\+${IDENTIFIER}(?:\\.${IDENTIFIER})*)?$`);

/** A further serializer, and the versions it stands for: `3.0.0`, or `3.0.*` for all that begin so. */
export interface ExtraSerializer {
  readonly vsn: string;
  readonly serializer: Serializer;
}

/** The serializers that a socket speaks: versions 1 and 2 of the protocol, and those the application adds. */
export class Serializers {
  readonly #extra: readonly ExtraSerializer[];

  constructor(extra: readonly ExtraSerializer[]) {
    this.#extra = extra;
  }

  /** The one for the client's `vsn`; absent means 1.0.0. Null when there is none. */
  forVersion(vsn: unknown): Serializer | null {
    if (vsn === undefined) return v1;
    if (typeof vsn !== 'string') return null;
    for (const { vsn: pattern, serializer } of this.#extra) {
      if (pattern.endsWith('*') ? vsn.startsWith(pattern.slice(0, -1)) : vsn === pattern) return serializer;
    }
    const version = VERSION.exec(vsn);
    if (version === null || (version[2] === '0' && version[3] !== undefined)) return null; // 2.0.0-rc.1 comes before 2.0.0
    return version[1] === '1' ? v1 : v2;
  }

  /** The one of that name, as an accepted connection keeps it. */
  named(name: string): Serializer {
    if (name === 'v2') return v2;
    if (name === 'v1') return v1;
    if (name === 'sse') return sse;
    return this.#extra.find(({ serializer }) => serializer.name === name)?.serializer ?? v2;
  }
}
