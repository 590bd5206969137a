import { installKernel, Kernel } from '@rekindle/kernel/internal';
import { VirtualHost } from '@rekindle/testing';
import type { Json } from './json.js';
import { Site } from './site.js';
import type { Sites } from './stage.js';

/** `SCHEDULERS=0`: everything on this thread. */
export function localSites(): Sites {
  const clock = new Float64Array(1);
  const host = new VirtualHost(clock);
  const kernel = new Kernel({ host });
  installKernel(kernel);
  let stamps = 0;
  const site = new Site({ kernel, index: 0, count: 1, stamp: () => stamps++, share: () => {} }, host, {
    sent: [],
    received: [],
    signals: 0,
  });
  return {
    count: 1,
    request: (_site: number, name: string, args: Json) => site.request(name, args),
    setTime(ms) {
      clock[0] = ms;
    },
    async end() {},
  };
}
