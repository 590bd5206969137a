import { BlockList, isIP } from 'node:net';
import type { Origin } from '../adapters/adapter.js';

/** Whose request it is, as far as it can be believed. */
export interface Client {
  readonly address: string;
  /** Undefined where nobody has told it. */
  readonly port: number | undefined;
  /** The client's own connection is encrypted. */
  readonly secure: boolean;
}

/** Finds out whose requests they are when there are proxies in front. */
export class ClientAddresses {
  readonly #trusted = new BlockList();
  readonly #none: boolean;

  /** Addresses and networks of proxies whose word is believed. */
  constructor(trusted: readonly string[]) {
    this.#none = trusted.length === 0;
    for (const entry of trusted) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#trusted.addAddress(address, family);
      else this.#trusted.addSubnet(address, Number(bits), family);
    }
  }

  isTrusted(address: string): boolean {
    const plain = plainAddress(address);
    return isIP(plain) !== 0 && this.#trusted.check(plain, isIP(plain) === 4 ? 'ipv4' : 'ipv6');
  }

  /**
   * The last address of the chain that no trusted proxy has: the peer itself, what the proxy's header says, or an entry of
   * `X-Forwarded-For`, read from its end. What clients write into that header stands before what the proxies add.
   */
  clientOf({ peer, peerPort, proxied, proxiedPort, headers, secure }: Origin): Client {
    const direct = { address: plainAddress(peer), port: peerPort };
    if (this.#none || !this.isTrusted(direct.address)) return { ...direct, secure };
    let client = proxied === undefined ? direct : { address: plainAddress(proxied), port: proxiedPort };
    const proto = headers['x-forwarded-proto']?.split(',').at(-1)?.trim();
    const forwarded = headers['x-forwarded-for']?.split(',') ?? [];
    while (this.isTrusted(client.address) && forwarded.length > 0) {
      const next = entryAddress(forwarded.pop() as string);
      if (next === undefined) break;
      client = next;
    }
    return { ...client, secure: secure || proto === 'https' || proto === 'wss' };
  }
}

/** An address in its shortest form; an IPv4 address in IPv6 clothes as what it is. */
export function plainAddress(address: string): string {
  if (isIP(address) !== 6) return address;
  const short = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(short);
  if (mapped === null) return short;
  const [, high = '', low = ''] = mapped;
  const bits = (Number.parseInt(high, 16) << 16) | Number.parseInt(low, 16);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** An entry of `X-Forwarded-For`: an address, some write its port too. */
function entryAddress(entry: string): { address: string; port: number | undefined } | undefined {
  const text = entry.trim();
  const [, bare = text, port] = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^(\d+(?:\.\d+){3}):(\d+)$/.exec(text) ?? [];
  return isIP(bare) === 0 ? undefined : { address: plainAddress(bare), port: port === undefined ? undefined : Number(port) };
}
