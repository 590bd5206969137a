import { VirtualHost } from '@rekindle/testing';
import type { SiteData } from './thread-sites.js';

let host: VirtualHost | undefined;

/** The clock of this thread's kernel: it shows the time that all sites share. */
export function createHost({ clock }: SiteData): VirtualHost {
  host = new VirtualHost(new Float64Array(clock));
  return host;
}

export function threadHost(): VirtualHost {
  if (host === undefined) throw new Error('this thread was started without its clock');
  return host;
}
